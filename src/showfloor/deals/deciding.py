"""The life of deals that nobody needs to touch: opening, deciding who gets the units, and the end.

Each run takes one deal at a time: the deal's row, then its requests, then holds and stock
(`checkout.reservations`), then the timeline. The units that are gone are the sum of the requests
that have won; nothing counts them beside the rows, so that a reservation that lapses frees its
units by its request's state alone, behind the locks of holds and without the deal's.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from showfloor.accounts import batch_sql
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.deals import queries, rules, sales
from showfloor.deals.models import Deal, DealRequest, DealState, RequestState
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import iso_ms, to_epoch_ms
from showfloor.shows.delivery_clocks import SETTLE_MS
from showfloor.shows.models import ShowState
from showfloor.stock import services as stock
from showfloor.timeline import services as timeline
from showfloor.timeline.job_wakes import JobWake
from showfloor.timeline.log import NewEntry
from showfloor.timeline.personal_stream import tell_each

DEALS_MAX: Final = 50  # of one run
BATCH: Final = 500  # requests decided in one transaction
# With the deal's window, the longest that a tap at a picture before the end may still wait.
_LATE_MS: Final = 2 * SETTLE_MS

_KEPT: Final = {"id": "text", "state": "text", "reservation_id": "text"}
_LOST: Final = {"id": "text", "state": "text", "reason": "text"}

wake: Final = JobWake("deals")  # of the job: what opens calls it

type Loss = tuple[DealRequest, str]  # with the code of the reason


def run(now: datetime, *, only_due: bool = False) -> int:
    """Open, decide and end what is due, of all brands; return how many deals were looked at.
    `only_due`: leave those alone of which nothing is due, but for what stock has left of them."""
    rows = Deal.objects.all_brands().filter(is_settled=False, opens_at__lte=now)
    if only_due:
        rows = rows.filter(_is_due(now))
    found = list(rows.order_by("opens_at").values_list("pk", flat=True)[:DEALS_MAX])
    for deal_id in found:
        while _advance(deal_id, now) == BATCH:
            pass
    return len(found)


def next_at(now: datetime) -> datetime | None:
    """Return when a deal opens next, or now while one is on; None where there is none."""
    rows = Deal.objects.all_brands().filter(is_settled=False)
    soonest = rows.order_by("opens_at").values_list("opens_at", flat=True).first()
    return None if soonest is None else max(soonest, now)


def _is_due(now: datetime) -> Q:
    asked = DealRequest.objects.all_brands().filter(
        deal=OuterRef("pk"), state=RequestState.PENDING, decided_ms__lte=to_epoch_ms(now)
    )
    is_over = Q(ends_at__lte=now) | Q(show__state=ShowState.ENDED)
    return Q(state=DealState.ANNOUNCED) | Q(state=DealState.OPEN) & is_over | Q(Exists(asked))


@timeline.verb
def _advance(deal_id: str, now: datetime) -> int:
    """Do what is due in one deal; return how many requests were decided."""
    with stock.writing():
        deal = _lock(deal_id)
        if deal is None or deal.is_settled:
            return 0
        entries = list(_open_and_end(deal, now))
        due = list(_due(deal, now)[:BATCH])
        if due:
            _decide(deal, due, now)
        standing = queries.standing(deal)
        entries += _told(deal, standing["left"])
        if entries:
            stock.tell_timeline(deal.show.timeline_id, entries)
        if due or entries:
            counts = NewEntry("deal.counts", dict(standing))
            stock.tell_timeline(deal.show.backstage_id, [counts])
        _settle(deal, now)
    return len(due)


def _lock(deal_id: str) -> Deal | None:
    rows: QuerySet[Deal] = Deal.objects.all_brands().filter(pk=deal_id)
    return (
        rows.select_for_update(of=("self",), no_key=True)
        .select_related("show__brand", "price_list")
        .prefetch_related("items")
        .first()
    )


def _open_and_end(deal: Deal, now: datetime) -> Iterable[NewEntry]:
    if deal.state == DealState.ANNOUNCED:
        yield open_now(deal, "")
    if deal.state == DealState.OPEN and deal.ends_at is not None and deal.ends_at <= now:
        yield close(deal, deal.ends_at, "")
    if deal.state == DealState.OPEN and deal.show.state == ShowState.ENDED:
        yield close(deal, deal.show.ended_at or now, "")


def _due(deal: Deal, now: datetime) -> QuerySet[DealRequest]:
    rows: QuerySet[DealRequest] = DealRequest.objects.all_brands().filter(
        deal=deal, state=RequestState.PENDING, decided_ms__lte=to_epoch_ms(now)
    )
    return rows.order_by("response_ms", "arrived_ms", "pk")


def _decide(deal: Deal, due: Sequence[DealRequest], now: datetime) -> None:
    """Give the units to those who come first, and tell each. A unit that stock no longer has is
    lost for the one whose turn it is, and for those after."""
    room = None if deal.units_max is None else max(0, deal.units_max - queries.won(deal))
    wanted: list[DealRequest] = []
    lost: list[Loss] = []
    for one in due:
        if room is None or one.quantity <= room:
            wanted.append(one)
            room = None if room is None else room - one.quantity
        else:
            lost.append((one, "sold-out"))
    amounts = {item.variant_id: item.amount for item in deal.items.all()}
    with connection.cursor() as cursor:
        asked = [_reserve(deal, one, amounts[one.variant_id], now) for one in wanted]
        outcomes = reservations.reserve_many(cursor, deal.show.brand_id, asked, now)
    winners = []
    for one, outcome in zip(wanted, outcomes, strict=True):
        if isinstance(outcome, ReservationRow):
            one.state, one.reservation_id = RequestState.WON, outcome.id
            winners.append(one)
        else:
            lost.append((one, outcome.error.code or "sold-out"))
    lose(lost)
    with connection.cursor() as cursor:
        kept = [(one.pk, one.state, one.reservation_id) for one in winners]
        batch_sql.update(cursor, "deals_dealrequest", _KEPT, kept)
    decided = [*winners, *(one for one, _reason in lost)]
    stock.tell_people(deal.show.brand_id, news_of(deal, decided))


def _reserve(deal: Deal, one: DealRequest, amount: int | None, now: datetime) -> ReserveRequest:
    return ReserveRequest(
        one.owner, one.variant_id, one.quantity, f"deal:{deal.pk}", now + rules.KEPT_FOR,
        amount, deal.currency, deal.title, deal.show_id, one.show_time_s,
    )  # fmt: skip


def lose(lost: Sequence[Loss]) -> None:
    """Write down who lost and why."""
    for one, reason in lost:
        one.state, one.reason = RequestState.LOST, reason[:20]
    with connection.cursor() as cursor:
        for some in batched(lost, BATCH):
            rows = [(one.pk, one.state, one.reason) for one, _reason in some]
            batch_sql.update(cursor, "deals_dealrequest", _LOST, rows)


def news_of(deal: Deal, decided: Iterable[DealRequest]) -> dict[str, list[NewEntry]]:
    """Return what each person is told of the decision, on the own stream."""
    news: dict[str, list[NewEntry]] = {}
    for one in decided:
        body = {
            "deal_id": deal.pk, "state": one.state, "reason": one.reason,
            "variant_id": one.variant_id, "quantity": one.quantity,
            "reservation_id": one.reservation_id,
        }  # fmt: skip
        news.setdefault(one.owner, []).append(NewEntry("deal.decided", body))
    return news


def _told(deal: Deal, left: int | None) -> list[NewEntry]:
    """Return the entry that says how many units are left, where that has changed."""
    if left == deal.told_left or deal.state not in queries.SEEN:
        return []
    deal.told_left = left
    deal.save(update_fields=["told_left"])
    assert deal.ends_at is not None, "announced"
    body = {"deal_id": deal.pk, "left": left, "ends_at": iso_ms(deal.ends_at)}
    return [NewEntry("deal.changed", body)]


def _settle(deal: Deal, now: datetime) -> None:
    """Note that nothing is left to do, once no tap can come and none waits."""
    if deal.state != DealState.ENDED or deal.ended_at is None:
        return
    last_ms = to_epoch_ms(deal.ended_at) + deal.window_ms + _LATE_MS
    pending = DealRequest.objects.all_brands().filter(deal=deal, state=RequestState.PENDING)
    if to_epoch_ms(now) > last_ms and not pending.exists():
        deal.is_settled = True
        deal.save(update_fields=["is_settled"])


def open_now(deal: Deal, actor: str) -> NewEntry:
    """Open an announced deal in the open transaction; return the entry."""
    deal.state, deal.told_left = DealState.OPEN, queries.standing(deal)["left"]
    deal.save(update_fields=["state", "told_left"])
    return NewEntry("deal.opened", dict(queries.card(deal)), deal.opens_at, actor)


def close(deal: Deal, picture: datetime, actor: str) -> NewEntry:
    """End a deal at a picture, in the open transaction; return the entry. What people asked for at
    earlier pictures is decided yet."""
    deal.state, deal.ended_at = DealState.ENDED, picture
    deal.save(update_fields=["state", "ended_at"])
    sales.end(deal, picture)
    body = {"deal_id": deal.pk, "ended_at": iso_ms(picture)}
    return NewEntry("deal.ended", body, picture, actor)


def reopen(deal: Deal, now: datetime, actor: str) -> NewEntry:
    """Let an ended deal go on, in the open transaction; return the entry."""
    deal.state, deal.ended_at, deal.is_settled = DealState.OPEN, None, False
    deal.save(update_fields=["state", "ended_at", "is_settled"])
    sales.go_on(deal)
    return NewEntry("deal.opened", dict(queries.card(deal)), now, actor)


def withdraw(deal: Deal) -> None:
    """Take a deal back in the open transaction: what people asked for comes to nothing."""
    deal.state, deal.is_settled = DealState.WITHDRAWN, True
    sales.withdraw(deal)
    deal.save(update_fields=["state", "is_settled", "price_list"])
    rows = DealRequest.objects.all_brands().filter(deal=deal, state=RequestState.PENDING)
    lost: list[Loss] = [(one, "withdrawn") for one in rows]
    lose(lost)
    tell_each(deal.show.brand_id, news_of(deal, (one for one, _reason in lost)))


# --- what becomes of what somebody has won


def on_claimed(
    _cursor: Cursor, _brand_id: str, ended: Sequence[ReservationRow], _now: datetime
) -> None:
    _mark(ended, RequestState.BOUGHT)


def on_lapsed(
    _cursor: Cursor, _brand_id: str, ended: Sequence[ReservationRow], _now: datetime
) -> None:
    _mark(ended, RequestState.LAPSED)


def _mark(ended: Sequence[ReservationRow], state: RequestState) -> None:
    rows = DealRequest.objects.all_brands().filter(
        reservation_id__in=[one.id for one in ended], state=RequestState.WON
    )
    rows.update(state=state)
