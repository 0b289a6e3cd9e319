"""Retention of holds, which say for whom stock was held, and of alarms that have ended."""

from datetime import datetime

from showfloor.accounts.row_deletion import delete_some
from showfloor.kernel.retention import Keep
from showfloor.stock.models import Hold, HoldState, LowStockAlarm


def _forget(states: list[HoldState], before: datetime, limit: int) -> int:
    over = Hold.objects.all_brands().filter(state__in=states, expires_at__lt=before)
    return delete_some(over.order_by("expires_at"), limit)


def _forget_given_back(before: datetime, limit: int) -> int:
    return _forget([HoldState.RELEASED, HoldState.EXPIRED], before, limit)


def _forget_claimed(before: datetime, limit: int) -> int:
    """Delete holds of sold units late: a cancelled order puts the units back by its hold."""
    return _forget([HoldState.CLAIMED], before, limit)


def _forget_alarms(before: datetime, limit: int) -> int:
    over = LowStockAlarm.objects.all_brands().filter(ended_at__lt=before)
    return delete_some(over.order_by("ended_at"), limit)


KEPT = [
    Keep("holds", 7, _forget_given_back),
    Keep("sold_holds", 400, _forget_claimed),
    Keep("low_stock_alarms", 400, _forget_alarms),
]
