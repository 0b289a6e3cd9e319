"""The lines of the ledger: they are written with the counters, and say at which location.

The stock row is locked while this runs, since its counter was changed a statement before. So the
numbers of the locations are read and written without another lock. A stock whose units all lie at
the main location, which most have, costs no statement for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from showfloor.accounts import batch_sql
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.kernel.ids import new_id
from showfloor.stock import rules
from showfloor.stock.models import MovementReason

ANYWHERE: Final = ""
# The columns of a line of the ledger, with PostgreSQL's types.
_MOVEMENT: Final = {
    "id": "text", "stock_id": "text", "at": "timestamptz", "change": "int", "on_hand": "int",
    "reason": "text", "owner": "text", "note": "text", "by_id": "text", "location_id": "text",
}  # fmt: skip
_AT_LOCATION: Final = {"id": "text", "stock_id": "text", "location_id": "text", "on_hand": "int"}


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the ledger: a change of what is on hand, and its reason. `location_id`: None for
    the main location, `ANYWHERE` to let `rules` choose."""

    variant_id: str
    stock_id: str
    change: int
    reason: str
    owner: str = ""  # the checkout that bought the units or gave them back
    note: str = ""
    by_id: str | None = None
    location_id: str | None = ANYWHERE


class Row(NamedTuple):
    """A stock row after its counters were changed. `low_at`: the threshold of its alarm."""

    brand_id: str
    on_hand: int
    reserved: int
    version: int = 0
    sku: str = ""
    is_spread: bool = False
    low_at: int | None = None


_COMES_BACK: Final = frozenset({MovementReason.CANCELLED, MovementReason.RETURNED})

type Units = dict[str | None, int]  # location id → units, None for the main one, in its order


def write(cursor: Cursor, movements: Sequence[Movement], written: Mapping[str, Row]) -> None:
    """Add the lines. Conflict when a location does not have the units that a line takes there."""
    if not movements:
        return
    left: dict[str, int] = {variant_id: row.on_hand for variant_id, row in written.items()}
    for movement in movements:
        left[movement.variant_id] -= movement.change  # now: the number before the first of them
    at, rows = utc_now(), []
    for movement in _placed(cursor, movements, written, left):
        left[movement.variant_id] += movement.change
        rows.append((
            new_id(), movement.stock_id, at, movement.change, left[movement.variant_id],
            movement.reason, movement.owner, movement.note, movement.by_id, movement.location_id,
        ))  # fmt: skip
    batch_sql.insert(cursor, "stock_stockmovement", _MOVEMENT, rows)


def units_by_location(
    cursor: Cursor, on_hand: Mapping[str, int]
) -> dict[str, Units]:  # fmt: skip
    """Return stock id → units by location, for stock ids and their numbers on hand."""
    cursor.execute(
        "SELECT part.stock_id, part.location_id, part.on_hand FROM stock_locationstock part"  # noqa: S608 - names of ours
        " JOIN stock_location place ON place.id = part.location_id WHERE "
        + batch_sql.among("part.stock_id")
        + " ORDER BY place.position, place.id",
        (batch_sql.many(on_hand),),
    )
    found: dict[str, Units] = {stock_id: {None: units} for stock_id, units in on_hand.items()}
    for stock_id, location_id, units in cursor.fetchall():
        found[stock_id][location_id] = units
        found[stock_id][None] -= units
    return found


def _placed(
    cursor: Cursor, movements: Sequence[Movement], written: Mapping[str, Row],
    before: Mapping[str, int],
) -> list[Movement]:  # fmt: skip
    """Return the movements with their locations, and write the locations' numbers."""
    spread = {
        one.stock_id: before[one.variant_id]
        for one in movements
        if written[one.variant_id].is_spread or one.location_id
    }
    if not spread:
        return [replace(one, location_id=None) for one in movements]
    units = units_by_location(cursor, spread)
    taken = _taken(cursor, movements, spread)
    placed: list[Movement] = []
    touched: set[tuple[str, str]] = set()
    for one in movements:
        if one.stock_id not in spread:
            placed.append(replace(one, location_id=None))
            continue
        here = units[one.stock_id]
        for location_id, change in _parts(one, here, taken.get((one.stock_id, one.owner), {})):
            here[location_id] = here.get(location_id, 0) + change
            if here[location_id] < 0:
                raise Conflict(
                    _("Only %(count)d are at this location.")
                    % {"count": here[location_id] - change},
                    code="stock-not-here", field="change",
                )  # fmt: skip
            placed.append(replace(one, change=change, location_id=location_id))
            if location_id is not None:
                touched.add((one.stock_id, location_id))
    _write_units(cursor, units, sorted(touched))
    return placed


def _parts(movement: Movement, here: Units, taken: Units) -> list[tuple[str | None, int]]:
    if movement.location_id != ANYWHERE:
        return [(movement.location_id, movement.change)]
    if movement.change < 0:
        parts = rules.leave(here, -movement.change)
        return [(location_id, -units) for location_id, units in parts]
    return rules.come_back(taken, movement.change)


def _taken(
    cursor: Cursor, movements: Iterable[Movement], spread: Mapping[str, int]
) -> dict[tuple[str, str], Units]:
    """Return from which other locations the units that come back were sold: stock id and owner →
    location id → units. Units of a location that is closed by now come to the main one."""
    owners = {
        one.owner
        for one in movements
        if one.reason in _COMES_BACK and one.owner and one.stock_id in spread
    }
    found: dict[tuple[str, str], Units] = {}
    if owners:
        cursor.execute(
            "SELECT moved.stock_id, moved.owner, moved.location_id, -SUM(moved.change)"  # noqa: S608 - names of ours
            " FROM stock_stockmovement moved"
            " JOIN stock_location place ON place.id = moved.location_id"
            " WHERE NOT place.archived AND "
            + batch_sql.among("moved.owner")
            + " GROUP BY moved.stock_id, moved.owner, moved.location_id"
            " ORDER BY moved.location_id",
            (batch_sql.many(sorted(owners)),),
        )
        for stock_id, owner, location_id, units in cursor.fetchall():
            found.setdefault((stock_id, owner), {})[location_id] = int(units)
    return found


def _write_units(
    cursor: Cursor, units: Mapping[str, Units], touched: Sequence[tuple[str, str]]
) -> None:
    if not touched:
        return
    batch_sql.insert(
        cursor, "stock_locationstock", _AT_LOCATION,
        [(new_id(), stock, place, units[stock][place]) for stock, place in touched],
        "ON CONFLICT (stock_id, location_id) DO UPDATE SET on_hand = excluded.on_hand",
    )  # fmt: skip
    cursor.execute(
        "UPDATE stock_stock SET is_spread = TRUE WHERE NOT is_spread AND "  # noqa: S608 - names of ours
        + batch_sql.among("id"),
        (batch_sql.many(sorted({stock for stock, _place in touched})),),
    )
