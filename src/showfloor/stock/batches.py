"""Requests of many buyers for scarce goods in one transaction: the caller's, inside `writing`.

Each request has an outcome of its own, and one that is refused touches nobody else. The database is
asked and told once for all of them; who gets what is decided by `rules.grant`, in the order of the
list. The single verbs in `services` are these functions with one request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from showfloor.accounts.transactions import Repeat
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.errors import Conflict, Invalid, SoldOut
from showfloor.stock import counters, hold_rows, rules
from showfloor.stock.hold_rows import HoldRow, Level, NewHold
from showfloor.stock.ledger import Movement
from showfloor.stock.models import HoldState, MovementReason
from showfloor.stock.rules import Demand, Shortage
from showfloor.stock.sold_out import StockLevel

EXPIRED_AT_ONCE_MAX = 5_000  # run-out holds of one variant that one transaction gives back


@dataclass(frozen=True, slots=True)
class Want:
    """The wish of `owner` (a checkout) to keep units (by variant id) for `ttl`. Units that
    `instead_of`, other owners, have kept so far are given back if it is granted. `is_new`: the
    owner was made in this transaction, so that it holds nothing yet."""

    brand_id: str
    owner: str
    lines: Mapping[str, int]
    ttl: timedelta
    instead_of: tuple[str, ...] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Sale:
    """Units (by variant id) that `owner` has paid for."""

    brand_id: str
    owner: str
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Owner:
    """Someone whose holds or bought units are meant: a checkout of a brand."""

    brand_id: str
    owner: str


@dataclass(frozen=True, slots=True)
class Granted:
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    error: SoldOut | Conflict | Invalid


def hold_many(cursor: Cursor, wants: Sequence[Want], now: datetime) -> list[Granted | Refused]:
    """Keep units for many owners: each want all or nothing, first come, first served.

    Refused: SoldOut names the first variant that is not there; Invalid, Conflict: more than one
    owner may keep, or no variant of this brand.
    """
    kept = _kept_before(cursor, wants)
    levels = _levels(cursor, [want.lines for want in wants])
    refusals = _refusals(cursor, wants, levels)
    demands = [
        Demand(want.lines, _units(rows)) if refusal is None else None
        for want, rows, refusal in zip(wants, kept, refusals, strict=True)
    ]
    shortages = _grant(cursor, levels, demands, now, [row for rows in kept for row in rows])
    outcomes: list[Granted | Refused] = []
    given_back: list[HoldRow] = []
    held: list[NewHold] = []
    for want, rows, refusal, shortage in zip(wants, kept, refusals, shortages, strict=True):
        if refusal is None and shortage is not None:
            refusal = _sold_out(levels, shortage)
        if refusal is not None:
            outcomes.append(Refused(refusal))
            continue
        expires_at = now + want.ttl
        outcomes.append(Granted(expires_at))
        given_back += rows
        for variant_id, quantity in sorted(want.lines.items()):
            stock_id = _stock_id(levels, variant_id)
            held.append(NewHold(stock_id, want.owner, quantity, expires_at))
            counters.reserve(variant_id, stock_id, quantity)
    for row in given_back:
        counters.reserve(row.variant_id, row.stock_id, -row.quantity)
    _move_locked(cursor, given_back, HoldState.ACTIVE, HoldState.RELEASED)
    hold_rows.insert(cursor, held, now)
    return outcomes


def claim_many(cursor: Cursor, sales: Sequence[Sale], now: datetime) -> list[Granted | Refused]:
    """Take units for good: they are sold. Units that an owner's holds no longer cover (they ran out
    before the money came) are taken from the free ones. Refused with SoldOut when there are too
    few, and then that owner's holds stay as they are."""
    kept = _by_owner(hold_rows.lock(cursor, {one.owner for one in sales}, HoldState.ACTIVE))
    covered: list[dict[str, HoldRow]] = []
    for sale in sales:
        rows = kept.pop((sale.brand_id, sale.owner), [])
        covered.append({
            row.variant_id: row for row in rows if sale.lines.get(row.variant_id) == row.quantity
        })  # fmt: skip
    lacking = [
        {one: units for one, units in sale.lines.items() if one not in rows}
        for sale, rows in zip(sales, covered, strict=True)
    ]
    # What is held needs no look at what is free: mostly that is all.
    levels = _levels(cursor, lacking)
    demands = [
        Demand(lines) if all(_is_of(levels, sale.brand_id, one) for one in lines) else None
        for sale, lines in zip(sales, lacking, strict=True)
    ]
    own = [row for rows in covered for row in rows.values()]
    shortages = _grant(cursor, levels, demands, now, own)
    outcomes: list[Granted | Refused] = []
    claimed: list[HoldRow] = []
    bought: list[NewHold] = []
    for sale, holds, demand, shortage in zip(sales, covered, demands, shortages, strict=True):
        if demand is None:
            outcomes.append(Refused(_no_product()))
            continue
        if shortage is not None:
            outcomes.append(Refused(_sold_out(levels, shortage)))
            continue
        outcomes.append(Granted(now))
        claimed += holds.values()
        for variant_id, quantity in sorted(sale.lines.items()):
            held = holds.get(variant_id)
            stock_id = held.stock_id if held is not None else _stock_id(levels, variant_id)
            if held is not None:
                counters.reserve(variant_id, stock_id, -quantity)
            else:
                bought.append(NewHold(stock_id, sale.owner, quantity, now, HoldState.CLAIMED))
            counters.record(
                Movement(variant_id, stock_id, -quantity, MovementReason.SOLD, sale.owner)
            )
    _move_locked(cursor, claimed, HoldState.ACTIVE, HoldState.CLAIMED)
    hold_rows.insert(cursor, bought, now)
    return outcomes


def release_many(cursor: Cursor, owners: Sequence[Owner]) -> list[int]:
    """Give the active holds of owners back; return how many each had."""
    kept = _by_owner(hold_rows.lock(cursor, {one.owner for one in owners}, HoldState.ACTIVE))
    rows = [kept.pop((one.brand_id, one.owner), []) for one in owners]
    _give_back(cursor, [row for some in rows for row in some], HoldState.RELEASED)
    return [len(some) for some in rows]


def put_back_many(cursor: Cursor, owners: Sequence[Owner]) -> None:
    """Put the bought units of owners on hand again."""
    bought = _by_owner(hold_rows.lock(cursor, {one.owner for one in owners}, HoldState.CLAIMED))
    rows = [row for one in owners for row in bought.pop((one.brand_id, one.owner), [])]
    for row in hold_rows.move(cursor, rows, HoldState.CLAIMED, HoldState.RELEASED):
        reason = MovementReason.CANCELLED
        movement = Movement(row.variant_id, row.stock_id, row.quantity, reason, row.owner)
        counters.record(movement)


def expire_due(cursor: Cursor, now: datetime, limit: int) -> int:
    """Give back holds that have run out, of all brands, at most `limit`; return how many."""
    return _give_back(cursor, hold_rows.lock_due(cursor, now, limit), HoldState.EXPIRED)


def free_units(cursor: Cursor, variant_ids: Iterable[str]) -> dict[str, int]:
    """Return the free units of each of these variants, with what this transaction has changed so
    far."""
    ids = list(variant_ids)
    found = hold_rows.levels(cursor, ids) if ids else {}
    return {one: found[one].free if one in found else 0 for one in ids}


# --- decisions


def _grant(
    cursor: Cursor, levels: Mapping[str, Level], demands: Sequence[Demand | None], now: datetime,
    own: Sequence[HoldRow],
) -> list[Shortage | None]:  # fmt: skip
    """Share out the free units, and those of holds that have run out: the job that looks for them
    may be late, and nobody is refused for one. `own`: holds that this batch itself deals with."""
    spared = {row.id for row in own}
    free = {variant_id: level.free for variant_id, level in levels.items()}
    for variant_id, missing in rules.missing_units(free, demands).items():
        stock_id = levels[variant_id].stock_id
        if stock_id is None:
            continue
        # Each hold is of one unit at least.
        limit = min(missing, EXPIRED_AT_ONCE_MAX) + len(spared)
        due = hold_rows.lock_due(cursor, now, limit, stock_id)
        due = [row for row in due if row.id not in spared]
        if due and counters.is_awaited(cursor, variant_id):
            continue  # the job gives them back, to those who wait for them
        for row in hold_rows.move(cursor, due, HoldState.ACTIVE, HoldState.EXPIRED):
            counters.reserve(variant_id, stock_id, -row.quantity)
            free[variant_id] += row.quantity
    shortages = rules.grant(free, demands)
    _note_sold_out(levels, shortages)
    return shortages


def _note_sold_out(levels: Mapping[str, Level], shortages: Iterable[Shortage | None]) -> None:
    """Let the sold-out book refuse the next buyers. Counters that this transaction changes are
    noted when they are written."""
    lacking = {one.variant_id for one in shortages if one is not None}
    still = [levels[one] for one in sorted(lacking) if counters.pending(one).reserved == 0]
    if still:
        counters.tell_book(
            StockLevel(one.variant_id, one.sku, one.free, one.version) for one in still
        )


def _refusals(
    cursor: Cursor, wants: Sequence[Want], levels: Mapping[str, Level]
) -> list[SoldOut | Conflict | Invalid | None]:
    """Return what speaks against each want, whatever is free."""
    held = hold_rows.held_units(cursor, {want.owner for want in wants if not want.is_new})
    refusals: list[SoldOut | Conflict | Invalid | None] = []
    for want in wants:
        key = (want.brand_id, want.owner)
        error: Conflict | Invalid | None = None
        try:
            rules.check_limits(want.lines, held.get(key, 0))
        except (Conflict, Invalid) as problem:
            error = problem
        if error is None and not all(_is_of(levels, want.brand_id, one) for one in want.lines):
            error = _no_product()
        if error is None:  # the same owner may be in the list again
            held[key] = held.get(key, 0) + sum(want.lines.values())
        refusals.append(error)
    return refusals


def _no_product() -> Invalid:
    return Invalid(_("There is no such product."), field="variant_id")


def _sold_out(levels: Mapping[str, Level], shortage: Shortage) -> SoldOut:
    return SoldOut(levels[shortage.variant_id].sku, shortage.available)


def _is_of(levels: Mapping[str, Level], brand_id: str, variant_id: str) -> bool:
    level = levels.get(variant_id)
    return level is not None and level.brand_id == brand_id


# --- rows


def _levels(cursor: Cursor, carts: Sequence[Mapping[str, int]]) -> dict[str, Level]:
    variant_ids = {variant_id for lines in carts for variant_id in lines}
    if not variant_ids:
        return {}
    counters.lock_contended(cursor, variant_ids)
    return hold_rows.levels(cursor, variant_ids)


def _stock_id(levels: Mapping[str, Level], variant_id: str) -> str:
    stock_id = levels[variant_id].stock_id
    assert stock_id is not None, "units of a variant without a count"
    return stock_id


def _kept_before(cursor: Cursor, wants: Sequence[Want]) -> list[list[HoldRow]]:
    """Return the holds that each want is to replace, locked."""
    owners = {owner for want in wants for owner in want.instead_of}
    if not owners:
        return [[] for _want in wants]
    kept = _by_owner(hold_rows.lock(cursor, owners, HoldState.ACTIVE))
    return [
        [row for owner in want.instead_of for row in kept.pop((want.brand_id, owner), [])]
        for want in wants
    ]


def _by_owner(rows: Sequence[HoldRow]) -> dict[tuple[str, str], list[HoldRow]]:
    found: dict[tuple[str, str], list[HoldRow]] = {}
    for row in rows:
        found.setdefault((row.brand_id, row.owner), []).append(row)
    return found


def _units(rows: Iterable[HoldRow]) -> dict[str, int]:
    return rules.add_up((row.variant_id, row.quantity) for row in rows)


def _give_back(cursor: Cursor, rows: Sequence[HoldRow], state: HoldState) -> int:
    given_back = hold_rows.move(cursor, rows, HoldState.ACTIVE, state)
    for row in given_back:
        counters.reserve(row.variant_id, row.stock_id, -row.quantity)
    return len(given_back)


def _move_locked(
    cursor: Cursor, rows: Sequence[HoldRow], before: HoldState, after: HoldState
) -> None:
    if len(hold_rows.move(cursor, rows, before, after)) < len(rows):
        raise Repeat("a hold was ended meanwhile")
