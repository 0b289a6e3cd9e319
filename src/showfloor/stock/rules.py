"""Decisions about stock, without I/O: who gets the free units, limits of holds, and changes of a
count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Conflict, Invalid

QUANTITY_MAX = 20  # of one variant in one purchase
UNITS_PER_OWNER_MAX = 100  # over all variants: nobody can hold a whole shop
VARIANTS_PER_OWNER_MAX = 30

ON_HAND_MAX = 10**9


@dataclass(frozen=True, slots=True)
class Demand:
    """One buyer's wish: units by variant id, and units that come back if the wish is granted."""

    lines: Mapping[str, int]
    returned: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shortage:
    """The first variant, in variant-id order, of which fewer units are free than wished for."""

    variant_id: str
    available: int


def grant(free: Mapping[str, int], demands: Sequence[Demand | None]) -> list[Shortage | None]:
    """Share out free units: first come, first served, and each demand all or nothing.

    Return one result for each demand: None when it is granted. A demand of None, which was refused
    before, takes nothing.
    """
    left = dict(free)
    results: list[Shortage | None] = []
    for demand in demands:
        shortage = _shortage(left, demand) if demand is not None else None
        results.append(shortage)
        if demand is None or shortage is not None:
            continue
        for variant_id, quantity in demand.returned.items():
            left[variant_id] = left.get(variant_id, 0) + quantity
        for variant_id, quantity in demand.lines.items():
            left[variant_id] -= quantity
    return results


def missing_units(free: Mapping[str, int], demands: Iterable[Demand | None]) -> dict[str, int]:
    """Return variant id → units that are not there if everyone is to get what they wish for."""
    wanted: dict[str, int] = {}
    for demand in demands:
        for variant_id, quantity in demand.lines.items() if demand is not None else ():
            wanted[variant_id] = wanted.get(variant_id, 0) + quantity
    return {
        variant_id: units - free.get(variant_id, 0)
        for variant_id, units in sorted(wanted.items())
        if units > free.get(variant_id, 0)
    }


def _shortage(left: Mapping[str, int], demand: Demand) -> Shortage | None:
    for variant_id, quantity in sorted(demand.lines.items()):
        available = left.get(variant_id, 0) + demand.returned.get(variant_id, 0)
        if available < quantity:
            return Shortage(variant_id, available)
    return None


def after_file(on_hand: int, reserved: int, said: int, said_before: int | None) -> tuple[int, bool]:
    """Return the count after a product file, and whether buyers keep it from going lower.

    `said_before`: the count in the last file. 20, then 20 again after 15 were sold here: still 5.
    None: the file is a fresh count.
    """
    wanted = said if said_before is None else max(on_hand + said - said_before, 0)
    after = min(max(wanted, reserved), ON_HAND_MAX)
    return after, wanted < reserved


def movement_problem(on_hand: int, reserved: int, change: int) -> str | None:
    """Say in words why a count can't change by so much; None when it can."""
    after = on_hand + change
    if change > 0 and after > ON_HAND_MAX:
        return _("That is more than can be counted.")
    if change < 0 and after < reserved:
        return _(
            "Only %(count)d can be taken away: %(on_hand)d are on hand,"
            " %(reserved)d of them are being bought right now."
        ) % {"count": on_hand - reserved, "on_hand": on_hand, "reserved": reserved}
    return None


def leave(here: Mapping[str | None, int], quantity: int) -> list[tuple[str | None, int]]:
    """Return from which locations units leave, for units by location in the locations' order.

    One parcel from one place: the first location that has them all. Otherwise each gives what it
    has, in order.
    """
    for location_id, units in here.items():
        if units >= quantity:
            return [(location_id, quantity)]
    parts: list[tuple[str | None, int]] = []
    for location_id, units in here.items():
        given = min(units, quantity)
        if given > 0:
            parts.append((location_id, given))
            quantity -= given
    assert quantity == 0, "more units leave than are on hand"
    return parts


def come_back(taken: Mapping[str | None, int], quantity: int) -> list[tuple[str | None, int]]:
    """Return to which locations units come: those that they were taken from, and otherwise the main
    one."""
    parts: list[tuple[str | None, int]] = []
    for location_id, units in taken.items():
        back = min(units, quantity)
        if back > 0:
            parts.append((location_id, back))
            quantity -= back
    return [*parts, (None, quantity)] if quantity else parts


def crosses(before: int, after: int, low_at: int | None) -> bool:
    """Return whether free units fall to the threshold of the alarm, or below it."""
    return low_at is not None and before > low_at >= after


def add_up(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return variant id → quantity, in variant-id order: the order in which everyone locks rows.

    Two lines of one variant are one wish; checking each by itself would sell the last unit twice.
    """
    totals: dict[str, int] = {}
    for variant_id, quantity in lines:
        totals[variant_id] = totals.get(variant_id, 0) + quantity
    return dict(sorted(totals.items()))


def check_limits(wanted: Mapping[str, int], held_units: int) -> None:
    """Invalid for too few or too many of one variant, Conflict for more than one buyer may hold at
    all."""
    for quantity in wanted.values():
        if quantity < 1:
            raise Invalid(_("Enter a quantity of at least 1."), field="quantity")
        if quantity > QUANTITY_MAX:
            raise Invalid(
                _("At most %(count)d of one product.") % {"count": QUANTITY_MAX}, field="quantity"
            )
    units = held_units + sum(wanted.values())
    if units > UNITS_PER_OWNER_MAX or len(wanted) > VARIANTS_PER_OWNER_MAX:
        raise Conflict(_("That is more than one person can reserve at a time."), code="hold-limit")
