"""The timers of checkouts and reservations, which stand still while the sale of their goods is
paused.

A timer that stands still keeps the time that was left in its row (`time_left_ms`), and its end is
far ahead, so that no job and no rule has to know of pauses. `follow` brings the timers into line
with the pauses, in both directions, and may run at any moment: in the transaction of a pause, and
each second for what was begun or kept for somebody at that moment, for goods that two shows have,
and for changes of a rundown. A forgotten pause lets timers go on after `STANDS_STILL_MAX`.

Locks: checkouts, reservations, holds; rows that somebody else has locked wait for the next run.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from showfloor.accounts import batch_sql
from showfloor.accounts.transactions import verb
from showfloor.checkout.models import (
    Checkout,
    CheckoutLine,
    CheckoutState,
    Reservation,
    ReservationState,
)
from showfloor.checkout.pauses import queries
from showfloor.checkout.reservations import rows as reservation_rows
from showfloor.checkout.reservations.services import HOLD_OUTLIVES
from showfloor.shows.models import RundownItem
from showfloor.stock import services as stock

STANDS_STILL_MAX: Final = timedelta(hours=6)
BATCH: Final = 500  # rows of one statement
ROWS_MAX: Final = 20_000  # of one run, of each kind

_TIMER: Final = {"id": "text", "expires_at": "timestamptz", "time_left_ms": "bigint"}
_MS: Final = timedelta(milliseconds=1)
_WAITS: Final = (ReservationState.ACTIVE, ReservationState.IN_CHECKOUT)


def follow(now: datetime) -> int:
    """Stop the timers of goods whose sale is paused, and let those go on whose sale is not;
    return how many."""
    show_ids = queries.open_show_ids()
    in_pause = RundownItem.objects.all_brands().filter(
        show__in=show_ids, product__isnull=False
    ).values("product")  # fmt: skip
    goods = Q(show__in=show_ids) | Q(variant__product__in=in_pause)
    lines = CheckoutLine.objects.all_brands().filter(goods, checkout=OuterRef("pk"))
    changed = _each_batch(_still(Checkout).exclude(Exists(lines)), _go_on, now)
    changed += _each_batch(_still(Reservation).exclude(_in_pause(goods)), _go_on, now)
    if show_ids:
        held = _running(Checkout, now).filter(Exists(lines), state=CheckoutState.HOLDING)
        kept = _running(Reservation, now).filter(goods, state__in=_WAITS)
        changed += _each_batch(held, _stop, now) + _each_batch(kept, _stop, now)
    return changed


def _still(model: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.all_brands().filter(time_left_ms__isnull=False)
    return rows


def _running(model: Any, now: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.all_brands()
    return rows.filter(time_left_ms__isnull=True, expires_at__gt=now)


def _in_pause(goods: Q) -> Exists:
    return Exists(Reservation.objects.all_brands().filter(goods, pk=OuterRef("pk")))


def _each_batch(rows: QuerySet[Any], change: Any, now: datetime) -> int:
    total, done = 0, BATCH if rows.exists() else 0  # one that finds nothing keeps no writer waiting
    while done == BATCH and total < ROWS_MAX:
        done = _one_batch(rows, change, now)
        total += done
    return total


@verb
def _one_batch(rows: QuerySet[Any], change: Any, now: datetime) -> int:
    with stock.writing():
        locked = rows.select_for_update(of=("self",), skip_locked=True).order_by("pk")
        found: Sequence[Checkout | Reservation] = list(locked[:BATCH])
        for one in found:
            change(one, now)
        _write(found)
    return len(found)


def _stop(one: Checkout | Reservation, now: datetime) -> None:
    one.time_left_ms = (one.expires_at - now) // _MS
    one.expires_at += STANDS_STILL_MAX


def _go_on(one: Checkout | Reservation, now: datetime) -> None:
    assert one.time_left_ms is not None, "a timer that stands still knows what is left"
    one.expires_at = min(one.expires_at, now + one.time_left_ms * _MS)
    one.time_left_ms = None


def _write(changed: Sequence[Checkout | Reservation]) -> None:
    """Write the timers, and let the holds of checkouts end with them. Holds of reserved goods, by
    themselves or in a checkout, outlive them, and a payment under way has set an end of its own."""
    if not changed:
        return
    table = changed[0]._meta.db_table
    with connection.cursor() as cursor:
        rows = [(one.pk, one.expires_at, one.time_left_ms) for one in changed]
        batch_sql.update(cursor, table, _TIMER, rows)
        ends = {
            one.pk: one.expires_at
            for one in changed
            if isinstance(one, Checkout) and one.state == CheckoutState.HOLDING
        }
        for checkout_id in reservation_rows.in_checkouts(cursor, ends):
            ends[checkout_id] += HOLD_OUTLIVES
        stock.reschedule_many(cursor, ends)
