"""The verbs of scarce goods.

The invariant, on every database and at any moment: `reserved` is the sum of the active holds, and
`0 <= reserved <= on_hand`. Units are taken by one conditional UPDATE, never after a read; a hold
leaves `active` by a compare-and-set, and the winner of that moves the counter.

Locks are taken in one order everywhere: hold rows first, then stock rows by variant id, those of
units given back and of units taken in one sequence. (A new hold locks no hold rows; clearing
run-out holds on its way skips those that another transaction has locked.) Listeners are told of a
change last, so that timelines are locked after every stock row: first those of shows, then of
persons.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.catalogue.models import Variant
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, SoldOut
from showfloor.kernel.listeners import Listeners
from showfloor.stock import rules
from showfloor.stock.models import Hold, HoldState, MovementReason, Stock, StockMovement
from showfloor.timeline.services import write

EXPIRE_BATCH = 200  # holds expired in one transaction

_changes = Listeners[Collection[str]]()
_transaction = threading.local()


def on_change(listener: Callable[[Collection[str]], object]) -> Callable[[], None]:
    """Tell `listener` the ids of variants whose free number changed, inside the transaction of the
    change: the room above writes it on the timelines of its shows. The result ends that."""
    return _changes.subscribe(listener)


@contextmanager
def writing() -> Iterator[None]:
    """A write transaction for stock and what goes with it. Changes are told once, at its end."""
    if getattr(_transaction, "changed", None) is not None:
        with write():
            yield
        return
    _transaction.changed = changed = set[str]()
    _transaction.last = last = list[Callable[[], object]]()
    try:
        with write():
            yield
            if changed:
                _changes.tell(sorted(changed))
            for tell in last:
                tell()
    finally:
        _transaction.changed = _transaction.last = None


def tell_last(tell: Callable[[], object]) -> None:
    """Call `tell` at the end of the open `writing`, still inside it, after all changes of stock
    were told: it may write on the stream of one person, and of no other."""
    assert getattr(_transaction, "last", None) is not None, "only inside `writing`"
    _transaction.last.append(tell)


@dataclass(frozen=True, slots=True)
class Cause:
    """The reason and the author of a change of a count by hand."""

    reason: MovementReason
    by_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FileCount:
    """The result of a product file's count: `on_hand` is the number on hand now, `kept` says that
    it is more than the file asks for because buyers hold that many."""

    before: int | None
    on_hand: int
    kept: bool


def set_level(brand_id: str, variant_id: str, on_hand: int) -> None:
    set_levels(brand_id, {variant_id: on_hand})


@verb
def set_levels(brand_id: str, levels: Mapping[str, int]) -> None:
    """Have exactly so many on hand (variant id → units), whatever was sold meanwhile: for a
    beginning, or a count. Conflict where buyers hold more than that right now."""
    with writing():
        for variant_id, on_hand in sorted(levels.items()):
            assert on_hand >= 0, f"{on_hand} on hand"
            level = _level(brand_id, variant_id)
            if on_hand < level.reserved:
                raise Conflict(
                    _("%(count)d are being bought right now.") % {"count": level.reserved},
                    code="stock-held", field="on_hand",
                )  # fmt: skip
            _write_movement(level, on_hand - level.on_hand, Cause(MovementReason.COUNTED))
        _changed(levels)


@verb
def move(brand_id: str, variant_id: str, change: int, cause: Cause) -> int:
    """Add units, or take free ones away; return how many are on hand now.

    Units that are sold meanwhile stay sold. Conflict where fewer are free than are taken away.
    """
    with writing():
        level = _level(brand_id, variant_id)
        problem = rules.movement_problem(level.on_hand, level.reserved, change)
        if problem is not None:
            raise Conflict(problem, code="stock-held", field="change")
        _write_movement(level, change, cause)
        _changed([variant_id])
    return level.on_hand + change


@verb
def apply_counts(
    brand_id: str, counts: Mapping[str, int], *, counted: bool
) -> dict[str, FileCount]:
    """Apply the counts of a product file (variant id → units); return the result of each.

    A file knows nothing of what was sold here since it was made, so it moves the count by the
    difference to what the last file said. `counted` sets it: for a file that was made just now by
    someone who knows of the sales. Neither goes below what buyers hold.
    """
    taken: dict[str, FileCount] = {}
    with writing():
        for variant_id, said in sorted(counts.items()):
            level = _level(brand_id, variant_id)
            new = level.version == 0 and level.on_hand == 0 and level.feed_quantity is None
            after, kept = rules.after_file(
                level.on_hand, level.reserved, said, None if counted else level.feed_quantity
            )
            taken[variant_id] = FileCount(None if new else level.on_hand, after, kept)
            if after != level.on_hand:
                _write_movement(level, after - level.on_hand, Cause(MovementReason.FILE))
                _changed([variant_id])
            if level.feed_quantity != said:
                rows = Stock.objects.for_brand(brand_id).filter(pk=level.pk)
                rows.update(feed_quantity=said)
    return taken


@verb
def hold(
    brand_id: str, owner: str, lines: Iterable[tuple[str, int]], now: datetime, ttl: timedelta,
    *, instead_of: str | None = None,
) -> datetime:  # fmt: skip
    """Keep (variant id, quantity) lines for `owner`, all or nothing; return the time until which.
    The units that `instead_of`, another owner, has kept so far are given back with it.

    SoldOut names the first that is not there; Invalid, Conflict: more than one buyer may keep.
    """
    wanted = rules.add_up(lines)
    expires_at = now + ttl
    with writing():
        if instead_of is not None:
            _exchange(brand_id, instead_of, wanted)
        rules.check_limits(wanted, _held_units(brand_id, owner))
        for variant_id, quantity in wanted.items():
            _take_or_refuse(_reserve, brand_id, variant_id, quantity, now)
        stock_ids = _stock_ids(brand_id, wanted)
        Hold.objects.all_brands().bulk_create(
            Hold(
                stock_id=stock_ids[variant_id], owner=owner, quantity=quantity,
                created_at=now, expires_at=expires_at,
            )
            for variant_id, quantity in wanted.items()
        )  # fmt: skip
        _changed(wanted)
    return expires_at


@verb
def extend(brand_id: str, owner: str, until: datetime) -> None:
    """Let the owner's active holds last at least until then."""
    with writing():
        _active(brand_id, owner).filter(expires_at__lt=until).update(expires_at=until)


@verb
def claim(brand_id: str, owner: str, lines: Iterable[tuple[str, int]], now: datetime) -> None:
    """Take lines for good: they are sold. Units that the owner's holds no longer cover (they ran
    out before the money came) are taken from the free ones; SoldOut when there are too few, and
    then nothing was taken."""
    wanted = rules.add_up(lines)
    with writing():
        kept = {one.stock.variant_id: one for one in _lock(_active(brand_id, owner))}
        for variant_id, quantity in wanted.items():
            held = kept.pop(variant_id, None)
            if held is not None and held.quantity == quantity and _leave(held, HoldState.CLAIMED):
                _move(held.stock_id, on_hand=-quantity, reserved=-quantity)
                continue
            _take_or_refuse(_sell, brand_id, variant_id, quantity, now)
            Hold.objects.all_brands().create(
                stock_id=_stock_ids(brand_id, [variant_id])[variant_id], owner=owner,
                quantity=quantity, state=HoldState.CLAIMED, created_at=now, expires_at=now,
            )  # fmt: skip
        _changed(wanted)


@verb
def release(brand_id: str, owner: str) -> int:
    """Give the owner's active holds back; return how many."""
    with writing():
        return _give_back(_lock(_active(brand_id, owner)), HoldState.RELEASED)


@verb
def put_back(brand_id: str, owner: str) -> None:
    """Put the owner's bought units on hand again (a cancelled order that was never sent)."""
    with writing():
        claimed = _lock(_of_owner(brand_id, owner).filter(state=HoldState.CLAIMED))
        for one in claimed:
            if _cas(one, HoldState.CLAIMED, HoldState.RELEASED):
                _move(one.stock_id, on_hand=one.quantity, reserved=0)
        _changed([one.stock.variant_id for one in claimed])


@verb
def expire_due(now: datetime, limit: int = EXPIRE_BATCH) -> int:
    """Give back holds that have run out, of all brands, at most `limit`; return how many."""
    with writing():
        due = Hold.objects.all_brands().filter(state=HoldState.ACTIVE, expires_at__lte=now)
        return _give_back(_lock(due, skip_locked=True, limit=limit), HoldState.EXPIRED)


# --- counters


def _exchange(brand_id: str, owner: str, wanted: Collection[str]) -> None:
    """Release the owner's holds in order to take others in the same transaction. All rows of both
    are locked first, in variant order; otherwise two such exchanges could deadlock."""
    kept = _lock(_active(brand_id, owner))
    if not kept:
        return
    both = {*wanted, *(one.stock.variant_id for one in kept)}
    rows = Stock.objects.for_brand(brand_id).filter(variant_id__in=both).order_by("variant_id")
    len(rows.select_for_update(of=("self",), no_key=True).only("pk"))  # evaluated: locked
    _give_back(kept, HoldState.RELEASED)


def _reserve(brand_id: str, variant_id: str, quantity: int) -> bool:
    """Keep units that are free; False when there are too few. One statement: the guard."""
    free = Stock.objects.for_brand(brand_id).filter(
        variant_id=variant_id, on_hand__gte=F("reserved") + quantity
    )
    return bool(free.update(reserved=F("reserved") + quantity, version=F("version") + 1))


def _sell(brand_id: str, variant_id: str, quantity: int) -> bool:
    """Sell units that are free, without a hold; False when there are too few."""
    free = Stock.objects.for_brand(brand_id).filter(
        variant_id=variant_id, on_hand__gte=F("reserved") + quantity
    )
    return bool(free.update(on_hand=F("on_hand") - quantity, version=F("version") + 1))


def _take_or_refuse(
    take: Callable[[str, str, int], bool],
    brand_id: str,
    variant_id: str,
    quantity: int,
    now: datetime,
) -> None:
    if take(brand_id, variant_id, quantity):
        return
    # Expiry is not a timer's job to be right: nobody is refused for a hold that has run out.
    if _expire_of(brand_id, variant_id, now) and take(brand_id, variant_id, quantity):
        return
    level = Stock.objects.for_brand(brand_id).filter(variant_id=variant_id).first()
    sku = Variant.objects.for_brand(brand_id).values_list("sku", flat=True).get(pk=variant_id)
    raise SoldOut(sku, level.available if level is not None else 0)


def _move(stock_id: str, *, on_hand: int, reserved: int) -> None:
    """Change both counters; the CHECK constraint refuses what must not be."""
    moved = (
        Stock.objects.all_brands()
        .filter(pk=stock_id)
        .update(
            on_hand=F("on_hand") + on_hand,
            reserved=F("reserved") + reserved,
            version=F("version") + 1,
        )
    )
    assert moved == 1, "a hold of a stock that is gone"


def _level(brand_id: str, variant_id: str) -> Stock:
    """Return the variant's stock row, locked and current; create it if it is missing."""
    rows = Stock.objects.for_brand(brand_id).select_for_update()
    level = rows.filter(variant_id=variant_id).first()
    if level is None:
        variant = Variant.objects.for_brand(brand_id).get(pk=variant_id)
        made = Stock(brand_id=brand_id, variant=variant)
        Stock.objects.all_brands().bulk_create([made], ignore_conflicts=True)
        level = rows.get(variant_id=variant_id)
    return level


def _write_movement(level: Stock, change: int, cause: Cause) -> None:
    """Change a locked count, and leave a line that says why."""
    if change == 0:
        return
    _move(level.pk, on_hand=change, reserved=0)
    StockMovement.objects.all_brands().create(
        stock=level, at=utc_now(), change=change, on_hand=level.on_hand + change,
        reason=cause.reason, note=cause.note, by_id=cause.by_id,
    )  # fmt: skip


def _changed(variant_ids: Iterable[str]) -> None:
    _transaction.changed.update(variant_ids)


# --- holds


def _of_owner(brand_id: str, owner: str) -> QuerySet[Hold]:
    return Hold.objects.for_brand(brand_id).filter(owner=owner)


def _active(brand_id: str, owner: str) -> QuerySet[Hold]:
    return _of_owner(brand_id, owner).filter(state=HoldState.ACTIVE)


def _lock(holds: QuerySet[Hold], *, skip_locked: bool = False, limit: int = 1000) -> list[Hold]:
    """Holds in variant-id order, locked where there are row locks (SQLite has one writer)."""
    ordered = holds.select_related("stock").order_by("stock__variant_id", "id")
    return list(ordered.select_for_update(of=("self",), skip_locked=skip_locked)[:limit])


def _held_units(brand_id: str, owner: str) -> int:
    return _active(brand_id, owner).aggregate(units=Sum("quantity"))["units"] or 0


def _stock_ids(brand_id: str, variant_ids: Iterable[str]) -> dict[str, str]:
    rows = Stock.objects.for_brand(brand_id).filter(variant_id__in=list(variant_ids))
    return dict(rows.values_list("variant_id", "pk"))


def _expire_of(brand_id: str, variant_id: str, now: datetime) -> int:
    due = Hold.objects.for_brand(brand_id).filter(
        stock__variant_id=variant_id, state=HoldState.ACTIVE, expires_at__lte=now
    )
    return _give_back(_lock(due, skip_locked=True, limit=EXPIRE_BATCH), HoldState.EXPIRED)


def _give_back(holds: list[Hold], state: HoldState) -> int:
    given_back = [one for one in holds if _leave(one, state)]
    for one in given_back:
        _move(one.stock_id, on_hand=0, reserved=-one.quantity)
    _changed({one.stock.variant_id for one in given_back})
    return len(given_back)


def _leave(one: Hold, state: HoldState) -> bool:
    return _cas(one, HoldState.ACTIVE, state)


def _cas(one: Hold, before: HoldState, after: HoldState) -> bool:
    """Compare-and-set: return whether it was us who moved the hold on."""
    rows = Hold.objects.all_brands().filter(pk=one.pk, state=before)
    return bool(rows.update(state=after))
