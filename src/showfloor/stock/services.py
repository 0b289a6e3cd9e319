"""The verbs of scarce goods.

The invariant, on every database and at any moment: `reserved` is the sum of the active holds,
`on_hand` is the sum of the movements, and `0 <= reserved <= on_hand`. A hold leaves `active` by a
compare-and-set, and the winner of that moves the counter. Counters change at the end of the
transaction, by a conditional UPDATE (`counters`).

Locks are taken in one order everywhere: hold rows first, then stock rows by variant id, those of
units given back and of units taken in one sequence. (A new hold locks no hold rows; clearing
run-out holds on its way skips those that another transaction has locked.) Listeners are told of a
change last, so that timelines are locked after every stock row: first those of shows, then of
persons.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts import batch_sql
from showfloor.accounts.transactions import verb
from showfloor.kernel.errors import Conflict
from showfloor.stock import batches, hold_rows, levels, rules
from showfloor.stock.batches import Granted as Granted
from showfloor.stock.batches import Owner as Owner
from showfloor.stock.batches import Refused as Refused
from showfloor.stock.batches import Sale as Sale
from showfloor.stock.batches import Want as Want
from showfloor.stock.batches import claim_many as claim_many
from showfloor.stock.batches import free_units as free_units
from showfloor.stock.batches import hold_many as hold_many
from showfloor.stock.batches import put_back_many as put_back_many
from showfloor.stock.batches import release_many as release_many
from showfloor.stock.counters import lock as lock
from showfloor.stock.counters import on_change as on_change
from showfloor.stock.counters import set_queue as set_queue
from showfloor.stock.counters import tell_people as tell_people
from showfloor.stock.counters import tell_timeline as tell_timeline
from showfloor.stock.counters import writing as writing
from showfloor.stock.hold_rows import extend_many as extend_many
from showfloor.stock.hold_rows import reschedule_many as reschedule_many
from showfloor.stock.levels import Cause as Cause
from showfloor.stock.models import Hold, HoldState, MovementReason

EXPIRE_BATCH = 200  # holds expired in one transaction
_SAID: Final = {"id": "text", "feed_quantity": "integer"}


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
def set_levels(brand_id: str, wanted: Mapping[str, int]) -> None:
    """Have exactly so many on hand (variant id → units), whatever was sold meanwhile: for a
    beginning, or a count. Conflict where buyers hold more than that right now."""
    with writing():
        for variant_id, on_hand in sorted(wanted.items()):
            assert on_hand >= 0, f"{on_hand} on hand"
            level = levels.locked_one(brand_id, variant_id)
            if on_hand < level.reserved:
                raise Conflict(
                    _("%(count)d are being bought right now.") % {"count": level.reserved},
                    code="stock-held", field="on_hand",
                )  # fmt: skip
            levels.write_movement(level, on_hand - level.on_hand, Cause(MovementReason.COUNTED))


@verb
def move(brand_id: str, variant_id: str, change: int, cause: Cause) -> int:
    """Add units, or take free ones away; return how many are on hand now.

    Units that are sold meanwhile stay sold. Conflict where fewer are free than are taken away.
    """
    with writing():
        level = levels.locked_one(brand_id, variant_id)
        problem = rules.movement_problem(level.on_hand, level.reserved, change)
        if problem is not None:
            raise Conflict(problem, code="stock-held", field="change")
        levels.write_movement(level, change, cause)
    return level.on_hand + change


@verb
def move_many(brand_id: str, changes: Mapping[str, int], cause: Cause) -> dict[str, str]:
    """Move units of many variants (variant id → change); return the refusals in words, by variant
    id. What is refused is left as it is."""
    refused: dict[str, str] = {}
    with writing():
        for level in levels.locked(brand_id, changes):
            change = changes[level.variant_id]
            problem = rules.movement_problem(level.on_hand, level.reserved, change)
            if problem is not None:
                refused[level.variant_id] = problem
            else:
                levels.write_movement(level, change, cause)
    return refused


@verb
def take_free(brand_id: str, variant_ids: Collection[str], cause: Cause) -> dict[str, int]:
    """Take all free units of these variants away; return how many of each that had some. What
    buyers hold stays theirs."""
    taken: dict[str, int] = {}
    with writing():
        for level in levels.locked(brand_id, variant_ids):
            free = level.on_hand - level.reserved
            if free > 0:
                levels.write_movement(level, -free, cause)
                taken[level.variant_id] = free
    return taken


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
        told: list[tuple[str, int]] = []  # ids of rows whose file said something new, with it
        for level in levels.locked(brand_id, counts):
            variant_id, said = level.variant_id, counts[level.variant_id]
            new = level.version == 0 and level.on_hand == 0 and level.feed_quantity is None
            after, kept = rules.after_file(
                level.on_hand, level.reserved, said, None if counted else level.feed_quantity
            )
            taken[variant_id] = FileCount(None if new else level.on_hand, after, kept)
            if after != level.on_hand:
                levels.write_movement(level, after - level.on_hand, Cause(MovementReason.FILE))
            if level.feed_quantity != said:
                told.append((level.pk, said))
        with connection.cursor() as cursor:
            batch_sql.update(cursor, "stock_stock", _SAID, told)
    return taken


@verb
def hold(
    brand_id: str, owner: str, lines: Iterable[tuple[str, int]], now: datetime, ttl: timedelta,
    *, instead_of: tuple[str, ...] = (),
) -> datetime:  # fmt: skip
    """Keep (variant id, quantity) lines for `owner`, all or nothing; return the time until which.
    The units that `instead_of`, other owners, have kept so far are given back with it.

    SoldOut names the first that is not there; Invalid, Conflict: more than one buyer may keep.
    """
    want = Want(brand_id, owner, rules.add_up(lines), ttl, instead_of)
    with writing(), connection.cursor() as cursor:
        outcome = hold_many(cursor, [want], now)[0]
        if isinstance(outcome, Refused):
            raise outcome.error
    return outcome.expires_at


@verb
def extend(brand_id: str, owner: str, until: datetime) -> bool:
    """Let the owner's active holds last at least until then; return whether there is one."""
    with writing(), connection.cursor() as cursor:
        extend_many(cursor, brand_id, [owner], until)
        return bool(hold_rows.lock(cursor, [owner], HoldState.ACTIVE))


@verb
def claim(brand_id: str, owner: str, lines: Iterable[tuple[str, int]], now: datetime) -> None:
    """Take lines for good: they are sold. Units that the owner's holds no longer cover (they ran
    out before the money came) are taken from the free ones; SoldOut when there are too few, and
    then nothing was taken."""
    sale = Sale(brand_id, owner, rules.add_up(lines))
    with writing(), connection.cursor() as cursor:
        outcome = claim_many(cursor, [sale], now)[0]
        if isinstance(outcome, Refused):
            raise outcome.error


@verb
def release(brand_id: str, owner: str) -> int:
    """Give the owner's active holds back; return how many."""
    with writing(), connection.cursor() as cursor:
        return release_many(cursor, [Owner(brand_id, owner)])[0]


@verb
def put_back(brand_id: str, owner: str) -> None:
    """Put the owner's bought units on hand again (a cancelled order that was never sent)."""
    with writing(), connection.cursor() as cursor:
        put_back_many(cursor, [Owner(brand_id, owner)])


@verb
def expire_due(now: datetime, limit: int = EXPIRE_BATCH) -> int:
    """Give back holds that have run out, of all brands, at most `limit`; return how many."""
    if not Hold.objects.all_brands().filter(state=HoldState.ACTIVE, expires_at__lte=now).exists():
        return 0  # a job that finds nothing keeps no writer waiting
    with writing(), connection.cursor() as cursor:
        return batches.expire_due(cursor, now, limit)
