"""Retention of holds, which say for whom stock was held."""

from datetime import datetime

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.retention import Keep
from showfloor.stock.models import Hold, HoldState


@verb
def _forget(states: list[HoldState], before: datetime, limit: int) -> int:
    with write():
        rows = Hold.objects.all_brands()
        over = rows.filter(state__in=states, expires_at__lt=before).order_by("expires_at")
        ids = list(over.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids, state__in=states).delete()
    return len(ids)


def _forget_given_back(before: datetime, limit: int) -> int:
    return _forget([HoldState.RELEASED, HoldState.EXPIRED], before, limit)


def _forget_claimed(before: datetime, limit: int) -> int:
    """Delete holds of sold units late: a cancelled order puts the units back by its hold."""
    return _forget([HoldState.CLAIMED], before, limit)


KEPT = [Keep("holds", 7, _forget_given_back), Keep("sold_holds", 400, _forget_claimed)]
