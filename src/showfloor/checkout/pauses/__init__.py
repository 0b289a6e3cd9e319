"""Pauses of the sale: a show's goods can't be bought for a while, and the timers of what people
hold of them stand still."""
