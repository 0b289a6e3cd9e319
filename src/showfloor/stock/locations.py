"""The verbs of staff about locations: move units between them, count them, look at them."""

from collections.abc import Callable, Collection
from typing import NoReturn

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.kernel.errors import Conflict, Invalid, NotFound, ShowfloorError
from showfloor.stock import ledger, levels, rules
from showfloor.stock.counters import writing
from showfloor.stock.levels import Cause
from showfloor.stock.models import Location, MovementReason, Stock


def main_location(brand_id: str) -> Location:
    """Return the brand's main location; make it where there is none yet."""
    found, _new = Location.objects.all_brands().get_or_create(
        brand_id=brand_id, is_main=True, defaults={"name": _("Main location")}
    )
    return found


def locations_of(brand_id: str) -> list[Location]:
    """Return the locations that are in use, the main one first; none where nobody made any."""
    return list(Location.objects.for_brand(brand_id).filter(archived=False))


def units_of(stock: Stock) -> dict[str | None, int]:
    """Return the units of a stock level by location id; None is the main location."""
    with connection.cursor() as cursor:
        return ledger.units_by_location(cursor, {stock.pk: stock.on_hand})[stock.pk]


def units_by_variant(
    brand_id: str, variant_ids: Collection[str]
) -> dict[str, dict[str | None, int]]:
    """Return variant id → units by location id; None is the main location."""
    rows = Stock.objects.for_brand(brand_id).filter(variant_id__in=variant_ids)
    levels_there = {one.pk: one for one in rows}
    on_hand = {pk: one.on_hand for pk, one in levels_there.items()}
    with connection.cursor() as cursor:
        found = ledger.units_by_location(cursor, on_hand) if on_hand else {}
    return {levels_there[pk].variant_id: dict(units) for pk, units in found.items()}


@verb
def move_at(brand_id: str, variant_id: str, change: int, cause: Cause, location_id: str) -> None:
    """Add units at a location, or take free ones away from it; Conflict where fewer are free or
    fewer lie there."""
    with writing():
        level = levels.locked_one(brand_id, variant_id)
        _change(level, change, cause, _place(brand_id, location_id))


@verb
def count_at(brand_id: str, variant_id: str, counted: int, location_id: str, cause: Cause) -> int:
    """Write the difference to what was counted at a location as a movement; return it."""
    if not 0 <= counted <= rules.ON_HAND_MAX:
        raise Invalid(_("Enter how many were counted."), field="counted")
    with writing():
        level = levels.locked_one(brand_id, variant_id)
        place = _place(brand_id, location_id)
        change = counted - units_of(level).get(place, 0)
        _change(level, change, cause, place)
    return change


@verb
def transfer(
    brand_id: str, variant_id: str, units: int, *, source: str, target: str, cause: Cause
) -> None:
    """Move units from one location to another: two lines of the ledger that add up to nothing."""
    if not 0 < units <= rules.ON_HAND_MAX:
        raise Invalid(_("Enter how many units move."), field="change")
    if source == target:
        raise Invalid(_("Choose two different locations."), field="target")
    with writing():
        level = levels.locked_one(brand_id, variant_id)
        _check_there(level, _place(brand_id, source), units)
        levels.write_movement(level, -units, cause, _place(brand_id, source))
        levels.write_movement(level, units, cause, _place(brand_id, target))


@verb
def close(location: Location) -> None:
    """Close a location that nothing lies at any more; Conflict otherwise."""
    with writing():
        if location.is_main:
            raise Conflict(_("The main location stays open."), code="location-main")
        brand_stock = Stock.objects.for_brand(location.brand_id)
        if brand_stock.filter(elsewhere__location=location, elsewhere__on_hand__gt=0).exists():
            raise Conflict(
                _("Goods lie at this location. Move them first."), code="location-not-empty"
            )
        Location.objects.for_brand(location.brand_id).filter(pk=location.pk).update(archived=True)


class _TakenBack(Exception):
    """Ends a change that was only tried out."""


@verb
def refusal(attempt: Callable[[], object]) -> ShowfloorError | None:
    """Return the error with which a change would be refused now; nothing of it stays."""
    try:
        with writing():
            attempt()
            _take_back()
    except _TakenBack:
        return None
    except ShowfloorError as error:
        return error


def _take_back() -> NoReturn:
    raise _TakenBack


def _change(level: Stock, change: int, cause: Cause, place: str | None) -> None:
    problem = rules.movement_problem(level.on_hand, level.reserved, change)
    if problem is not None:
        raise Conflict(problem, code="stock-held", field="change")
    if change < 0:
        _check_there(level, place, -change)
    levels.write_movement(level, change, cause, place)


def _check_there(level: Stock, place: str | None, units: int) -> None:
    here = units_of(level).get(place, 0)
    if here < units:
        raise Conflict(
            _("Only %(count)d are at this location.") % {"count": here},
            code="stock-not-here", field="change",
        )  # fmt: skip


def _place(brand_id: str, location_id: str) -> str | None:
    """Return the location as the ledger names it."""
    found = Location.objects.for_brand(brand_id).filter(pk=location_id, archived=False).first()
    if found is None:
        raise NotFound(_("There is no such location."))
    return None if found.is_main else found.pk


def moved(note: str = "", by_id: str | None = None) -> Cause:
    """Return the cause of a transfer."""
    return Cause(MovementReason.MOVED, by_id, note)
