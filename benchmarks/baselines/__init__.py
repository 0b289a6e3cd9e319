"""The others: each a small server, written as its own documentation says to broadcast."""
