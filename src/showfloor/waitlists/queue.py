"""The queue that units which come back go to first: who is offered them, and what becomes of the
offers. All of it happens inside the transaction that frees the units."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from showfloor.accounts.transactions import verb
from showfloor.catalogue import queries as catalogue
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.kinds import ReservationKind
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.outbox import services as outbox
from showfloor.outbox.services import Queued
from showfloor.stock import services as stock
from showfloor.waitlists import rows
from showfloor.waitlists.models import WaitState
from showfloor.waitlists.rows import WaitRow

KIND_NAME: Final = "wait"
OFFER_MAIL: Final = "waitlist-offer"
AT_ONCE_MAX: Final = 200  # people who are offered units of one variant in one transaction
VARIANTS_MAX: Final = 100  # in one run of the job


class WaitQueue:
    """What `stock` asks (`counters.Queue`)."""

    def is_awaited(self, cursor: Cursor, variant_id: str) -> bool:
        """Return whether somebody waits for the variant."""
        return bool(rows.awaited(cursor, [variant_id]))

    def take(self, cursor: Cursor, variant_ids: Sequence[str]) -> None:
        """Offer what is free of these variants to the people who wait."""
        wanted = rows.awaited(cursor, variant_ids)
        if not wanted:
            return
        now, free = utc_now(), stock.free_units(cursor, wanted)
        for variant_id in wanted:
            left = min(free[variant_id], AT_ONCE_MAX)
            # A person who may keep nothing more is passed over, and the next one asked.
            while left > 0 and (some := rows.lock_next(cursor, variant_id, left)):
                left -= _offer(cursor, some, now)


def _offer(cursor: Cursor, some: Sequence[WaitRow], now: datetime) -> int:
    """Offer one unit to each of these people, who wait for one variant; return how many got one."""
    brand_id = some[0].brand_id
    if not _is_sold(cursor, brand_id, some[0].variant_id):
        return len(some)  # it is offered when it is sold again
    until = now + timedelta(seconds=settings.SHOWFLOOR.waitlist_offer_s)
    requests = [
        ReserveRequest(
            one.owner, one.variant_id, 1, f"{KIND_NAME}:{one.id}", until, show_id=one.show_id
        )
        for one in some
    ]
    outcomes = reservations.reserve_many(cursor, brand_id, requests, now)
    pairs = list(zip(some, outcomes, strict=True))
    offered = [one for one, outcome in pairs if isinstance(outcome, ReservationRow)]
    passed = [one.id for one, outcome in pairs if not isinstance(outcome, ReservationRow)]
    rows.move(cursor, passed, ["waiting"], WaitState.PASSED.value)
    rows.move(cursor, [one.id for one in offered], ["waiting"], WaitState.OFFERED.value, now)
    mails = [
        Queued(OFFER_MAIL, f"waitlists.wait:{one.id}", one.email) for one in offered if one.email
    ]
    outbox.queue_many(cursor, brand_id, mails, now)
    return len(offered)


def _is_sold(cursor: Cursor, brand_id: str, variant_id: str) -> bool:
    found = catalogue.goods(cursor, brand_id, variant_ids=[variant_id])
    return any(one.published and not one.archived for one in found)


def _bought(cursor: Cursor, _brand_id: str, some: Sequence[ReservationRow], _now: datetime) -> None:
    rows.move(cursor, [one.ref for one in some], ["offered"], WaitState.BOUGHT.value)


def _passed(cursor: Cursor, _brand_id: str, some: Sequence[ReservationRow], _now: datetime) -> None:
    """Note offers that came to nothing: the end of the transaction has the next ones asked."""
    rows.move(cursor, [one.ref for one in some], ["offered"], WaitState.PASSED.value)


KIND: Final = ReservationKind(KIND_NAME, _bought, _passed)


def offer_returned() -> int:
    """Offer units that are free although somebody waits for them: goods that were not on sale when
    they came back, or whose next person was leaving at that moment. Return how many variants."""
    with connection.cursor() as cursor:
        variant_ids = rows.returned(cursor, VARIANTS_MAX)
    for variant_id in variant_ids:
        _offer_free(variant_id)
    return len(variant_ids)


@verb
def _offer_free(variant_id: str) -> None:
    with stock.writing(), connection.cursor() as cursor:
        stock.lock(cursor, [variant_id])
        WaitQueue().take(cursor, [variant_id])
