"""The verbs of reservations: goods kept for one person, at a price, before a checkout exists.

Locks: carts, checkouts, active reservations by id, holds, stock. A reservation in a checkout is
changed under the lock of that checkout. Each verb runs inside `stock.writing`: the caller's, or its
own.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.catalogue import queries as catalogue
from showfloor.checkout.refused_buyers import refused_buyers
from showfloor.checkout.reservations import kinds, rows
from showfloor.checkout.reservations.models import Reservation, ReservationState
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.errors import Conflict, NotFound, ShowfloorError
from showfloor.kernel.ids import is_id, new_id
from showfloor.stock import services as stock
from showfloor.stock.services import Granted, Owner, Refused, Want
from showfloor.timeline.log import NewEntry

EXPIRE_BATCH: Final = 200
# The hold outlives its reservation: units come back with the reservation's end and no other way, so
# that its kind hears of it in the same transaction. A hold that nobody ends runs out at last.
HOLD_OUTLIVES: Final = timedelta(days=2)
_OPEN: Final = (
    ReservationState.ACTIVE, ReservationState.IN_CHECKOUT, ReservationState.ORDERED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReserveRequest:
    """The wish to keep `quantity` units for `owner` (a token's `sub`) until a moment. `source`: a
    registered kind and the id of a row of it (`wait:<id>`); `unit_amount`: of one unit, in minor
    units of `currency`, None for the price of the moment at which the checkout begins; `label`:
    names that price for people. `instead_of`: owners of holds whose units it takes over. `is_owed`:
    the owner has it for certain, however many reservations the owner has."""

    owner: str
    variant_id: str
    quantity: int
    source: str
    until: datetime
    unit_amount: int | None = None
    currency: str = ""
    label: str = ""
    show_id: str | None = None
    show_time_s: float | None = None
    instead_of: tuple[str, ...] = ()
    is_owed: bool = False


def reserve_many(
    cursor: Cursor, brand_id: str, requests: Sequence[ReserveRequest], now: datetime
) -> list[ReservationRow | Refused]:
    """Keep goods for many people, first come, first served, inside the caller's `stock.writing`;
    return for each request, in their order, the reservation or the refusal (SoldOut, Invalid,
    Conflict). The goods are in the person's cart at once, without a lock on it; an entry on the
    person's stream says until when."""
    if not requests:
        return []
    crowded = _crowded(cursor, brand_id, requests)
    new = [_row(brand_id, one, now) for one in requests]
    wants = [
        _want(one, now, asked.instead_of)
        for one, asked, full in zip(new, requests, crowded, strict=True)
        if not full
    ]
    granted = iter(stock.hold_many(cursor, wants, now))
    outcomes: list[ReservationRow | Refused] = []
    for one, full in zip(new, crowded, strict=True):
        outcome = _too_many() if full else next(granted)
        outcomes.append(outcome if isinstance(outcome, Refused) else one)
    made = [one for one in outcomes if isinstance(one, ReservationRow)]
    rows.insert(cursor, made)
    refused_buyers.forget(brand_id, [one.owner for one in made])
    _tell_made(cursor, brand_id, made)
    return outcomes


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """The wish of an owner to have a reservation no longer: "no thanks"."""

    owner: str
    reservation_id: str


@verb
def release_many(
    brand_id: str, requests: Sequence[ReleaseRequest], now: datetime
) -> list[ShowfloorError | None]:
    """Give reservations of many people back; return for each request, in their order, None or the
    error: NotFound for none of the owner's, Conflict for one in a checkout. One that is over stays
    as it is."""
    ids = {one.reservation_id for one in requests if is_id(one.reservation_id)}
    with stock.writing(), connection.cursor() as cursor:
        wanted = {(one.owner, one.reservation_id) for one in requests}
        found = rows.lock_active(cursor, brand_id, ids)
        own = [one for one in found if (one.owner, one.id) in wanted]
        known = Reservation.objects.for_brand(brand_id).filter(pk__in=ids)
        states = {(owner, pk): state for owner, pk, state
                  in known.values_list("owner", "pk", "state")}  # fmt: skip
        _end(cursor, own, ReservationState.RELEASED, now)
    return [_problem(states.get((one.owner, one.reservation_id))) for one in requests]


def release(brand_id: str, owner: str, reservation_id: str, now: datetime) -> None:
    """Give one reservation back, and raise its error."""
    (error,) = release_many(brand_id, [ReleaseRequest(owner, reservation_id)], now)
    if error is not None:
        raise error


def _problem(state: str | None) -> ShowfloorError | None:
    if state is None:
        return NotFound(_("There is no such reservation."))
    if state in (ReservationState.IN_CHECKOUT, ReservationState.ORDERED):
        return Conflict(_("Leave the checkout first."), code="in-checkout")
    return None


def release_sources(
    cursor: Cursor, brand_id: str, sources: Collection[str], now: datetime
) -> list[ReservationRow]:
    """Give the active reservations of some sources back, inside the caller's `stock.writing`: the
    offer behind them is withdrawn. Return those that were ended; one in a checkout stays."""
    found = Reservation.objects.for_brand(brand_id).filter(
        source__in=sources, state=ReservationState.ACTIVE
    )
    ended = rows.lock_active(cursor, brand_id, list(found.values_list("pk", flat=True)))
    _end(cursor, ended, ReservationState.RELEASED, now)
    return ended


def expire_due(now: datetime, limit: int = EXPIRE_BATCH) -> int:
    """End the reservations of all brands whose time is over; return how many. The units go on in
    the same transaction to whoever is next."""
    due = Reservation.objects.all_brands().filter(
        state=ReservationState.ACTIVE, expires_at__lte=now
    )
    ended = limit if due.exists() else 0  # a job that finds nothing keeps no writer waiting
    total = 0
    while ended == limit and total < 10 * limit:
        ended = _expire_some(now, limit)
        total += ended
    return total


@verb
def _expire_some(now: datetime, limit: int) -> int:
    with stock.writing(), connection.cursor() as cursor:
        due = rows.lock_due(cursor, now, limit)
        _end(cursor, due, ReservationState.EXPIRED, now)
    return len(due)


def forget_owner(brand_id: str, owner: str, now: datetime) -> int:
    """Give back what is kept for a person who is erased, and delete the person's rows."""
    return _release_all(brand_id, owner, now)


@verb
def _release_all(brand_id: str, owner: str, now: datetime) -> int:
    own = Reservation.objects.for_brand(brand_id).filter(owner=owner)
    with stock.writing(), connection.cursor() as cursor:
        active = list(own.filter(state=ReservationState.ACTIVE).values_list("pk", flat=True))
        _end(cursor, rows.lock_active(cursor, brand_id, active), ReservationState.RELEASED, now)
        return own.exclude(state__in=_OPEN).delete()[0]


def hand_over(brand_id: str, guest: str, owner: str) -> None:
    """Let what is kept for a guest be the account's that the guest has signed in to, inside the
    caller's transaction."""
    Reservation.objects.for_brand(brand_id).filter(owner=guest).update(owner=owner)


def bring_along(
    cursor: Cursor, brand_id: str, reservation_id: str, owner: str, now: datetime
) -> ReservationRow:
    """Let an active reservation be another person's, inside the caller's `stock.writing`: both
    people's streams tell it. NotFound for one that is over, Conflict for one in a checkout, or
    where the person may keep nothing more."""
    found = rows.lock_active(cursor, brand_id, [reservation_id])
    if not found or found[0].expires_at <= now:
        state = Reservation.objects.for_brand(brand_id).filter(pk=reservation_id)
        if state.filter(
            state__in=[ReservationState.IN_CHECKOUT, ReservationState.ORDERED]
        ).exists():
            raise Conflict(_("Leave the checkout first."), code="in-checkout")
        raise NotFound(_("It is kept no longer."))
    (kept,) = found
    if kept.owner == owner:
        return kept
    if (
        len(rows.open_of(cursor, brand_id, [owner], lock=False).get(owner, ()))
        >= rows.OPEN_PER_OWNER_MAX
    ):
        raise _too_many().error
    _tell_ended(brand_id, [replace(kept, state=ReservationState.RELEASED.value)])
    kept.owner = owner
    Reservation.objects.for_brand(brand_id).filter(pk=kept.id).update(owner=owner)
    refused_buyers.forget(brand_id, [owner])
    _tell_made(cursor, brand_id, [kept])
    return kept


# --- checkouts


def usable(
    reserved: Iterable[ReservationRow], older_id: str | None, now: datetime
) -> list[ReservationRow]:
    """Return what a checkout that begins can take over of an owner's open reservations: those with
    time left, active or in the older checkout that it replaces."""
    return [
        one
        for one in reserved
        if one.expires_at > now
        and (one.state == ReservationState.ACTIVE or one.checkout_id == older_id)
    ]


def take_over(
    cursor: Cursor, taken: Mapping[str, Sequence[ReservationRow]], left: Iterable[str],
    now: datetime,
) -> None:  # fmt: skip
    """Let reservations be in new checkouts (checkout id → locked reservations), which have their
    units by now. What was in the checkouts that were `left` for them and is not taken on has no
    time left, and ends."""
    for checkout_id, some in taken.items():
        for one in some:
            one.state, one.checkout_id = ReservationState.IN_CHECKOUT.value, checkout_id
    rows.write_states(cursor, (one for some in taken.values() for one in some))
    after_checkouts(cursor, left, now)


def after_checkouts(cursor: Cursor, checkout_ids: Iterable[str], now: datetime) -> None:
    """Go on with what was in checkouts that came to nothing and have given their units back: while
    there is time it is kept on by itself, in the same transaction; otherwise it ends."""
    found = rows.in_checkouts(cursor, list(checkout_ids))
    back = [one for some in found.values() for one in some]
    if not back:
        return
    kept_on = [one for one in back if one.expires_at > now]
    outcomes = stock.hold_many(cursor, [_want(one, now) for one in kept_on], now)
    lost = [one for one in back if one.expires_at <= now]
    for one, outcome in zip(kept_on, outcomes, strict=True):
        if isinstance(outcome, Granted):
            one.state, one.checkout_id = ReservationState.ACTIVE.value, ""
        else:  # its hold had run out with the checkout's, and others were faster
            lost.append(one)
    rows.write_states(cursor, [one for one in kept_on if one.state == ReservationState.ACTIVE])
    _end(cursor, lost, ReservationState.EXPIRED, now)


def order(cursor: Cursor, ordered: Sequence[ReservationRow]) -> None:
    """Note that reservations in checkouts, which are locked, were ordered."""
    for one in ordered:
        one.state = ReservationState.ORDERED.value
    rows.write_states(cursor, ordered)


def claim(cursor: Cursor, sold: Sequence[ReservationRow], now: datetime) -> None:
    """Note that reservations were bought: their checkouts, which are locked, are paid."""
    _close(cursor, sold, ReservationState.CLAIMED, now, kinds.tell_claimed)


def lapse(cursor: Cursor, lost: Sequence[ReservationRow], now: datetime) -> None:
    """End reservations in checkouts, which are locked and have given their units back, although
    they were ordered: no money came."""
    _close(cursor, lost, ReservationState.EXPIRED, now, kinds.tell_lapsed)


# --- parts


def _end(
    cursor: Cursor, ended: Sequence[ReservationRow], state: ReservationState, now: datetime
) -> None:
    """End locked reservations without a sale. Their holds, if they still own some, are given back
    before the kinds hear of it."""
    if ended:
        stock.release_many(cursor, [Owner(one.brand_id, one.id) for one in ended])
        _close(cursor, ended, state, now, kinds.tell_lapsed)


def _close(
    cursor: Cursor, ended: Sequence[ReservationRow], state: ReservationState, now: datetime,
    tell: Callable[[Cursor, str, Sequence[ReservationRow], datetime], None],
) -> None:  # fmt: skip
    if not ended:
        return
    by_brand: dict[str, list[ReservationRow]] = {}
    for one in ended:
        one.state = state.value
        by_brand.setdefault(one.brand_id, []).append(one)
    rows.write_states(cursor, ended)
    for brand_id in sorted(by_brand):
        _tell_ended(brand_id, by_brand[brand_id])
        tell(cursor, brand_id, by_brand[brand_id], now)


def _crowded(cursor: Cursor, brand_id: str, requests: Sequence[ReserveRequest]) -> list[bool]:
    """Return of each request whether its owner has as many reservations as one person may have,
    and is not owed this one."""
    kept = rows.open_of(cursor, brand_id, {one.owner for one in requests}, lock=False)
    counts = {owner: len(some) for owner, some in kept.items()}
    crowded = []
    for one in requests:
        counts[one.owner] = counts.get(one.owner, 0) + 1
        crowded.append(counts[one.owner] > rows.OPEN_PER_OWNER_MAX and not one.is_owed)
    return crowded


def _too_many() -> Refused:
    return Refused(
        Conflict(_("That is more than one person can reserve at a time."), code="hold-limit")
    )


def _row(brand_id: str, request: ReserveRequest, now: datetime) -> ReservationRow:
    assert request.unit_amount is None or request.currency, "a price without a currency"
    assert request.until > now, "a reservation that is over already"
    return ReservationRow(
        new_id(), brand_id, request.owner, request.variant_id, request.quantity,
        request.unit_amount, request.currency, request.source, request.label, request.show_id,
        request.show_time_s, ReservationState.ACTIVE.value, "", now, request.until,
    )  # fmt: skip


def _want(one: ReservationRow, now: datetime, instead_of: tuple[str, ...] = ()) -> Want:
    ttl = one.expires_at - now + HOLD_OUTLIVES
    lines = {one.variant_id: one.quantity}
    return Want(one.brand_id, one.id, lines, ttl, instead_of, is_new=True)


def _tell_made(cursor: Cursor, brand_id: str, made: Sequence[ReservationRow]) -> None:
    if not made:
        return
    goods = catalogue.goods(cursor, brand_id, variant_ids={one.variant_id for one in made})
    by_variant = {one.variant_id: one for one in goods}
    news: dict[str, list[NewEntry]] = {}
    for one in made:
        kept = by_variant[one.variant_id]
        body = {
            **_named(one), "sku": kept.sku, "name": kept.name, "quantity": one.quantity,
            "unit_amount": one.unit_amount, "currency": one.currency, "label": one.label,
            "expires_at": iso_ms(one.expires_at),
        }  # fmt: skip
        news.setdefault(one.owner, []).append(NewEntry("reservation.made", body))
    stock.tell_people(brand_id, news)


def _tell_ended(brand_id: str, ended: Sequence[ReservationRow]) -> None:
    news: dict[str, list[NewEntry]] = {}
    for one in ended:
        entry = NewEntry("reservation.ended", {**_named(one), "state": one.state})
        news.setdefault(one.owner, []).append(entry)
    stock.tell_people(brand_id, news)


def _named(one: ReservationRow) -> dict[str, str]:
    return {
        "reservation_id": one.id, "kind": one.kind, "ref": one.ref, "variant_id": one.variant_id,
    }  # fmt: skip
