"""Retention of holds, which say for whom stock was held."""

from datetime import datetime

from showfloor.accounts.row_deletion import delete_some
from showfloor.kernel.retention import Keep
from showfloor.stock.models import Hold, HoldState


def _forget(states: list[HoldState], before: datetime, limit: int) -> int:
    over = Hold.objects.all_brands().filter(state__in=states, expires_at__lt=before)
    return delete_some(over.order_by("expires_at"), limit)


def _forget_given_back(before: datetime, limit: int) -> int:
    return _forget([HoldState.RELEASED, HoldState.EXPIRED], before, limit)


def _forget_claimed(before: datetime, limit: int) -> int:
    """Delete holds of sold units late: a cancelled order puts the units back by its hold."""
    return _forget([HoldState.CLAIMED], before, limit)


KEPT = [Keep("holds", 7, _forget_given_back), Keep("sold_holds", 400, _forget_claimed)]
