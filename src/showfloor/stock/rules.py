"""Decisions about stock, without I/O: limits of holds, and changes of a count."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Conflict, Invalid

QUANTITY_MAX = 20  # of one variant in one purchase
UNITS_PER_OWNER_MAX = 100  # over all variants: nobody can hold a whole shop
VARIANTS_PER_OWNER_MAX = 30

ON_HAND_MAX = 10**9


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


def add_up(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return variant id → quantity, in variant-id order: the order in which everyone locks rows.

    Two lines of one variant are one wish; checking each by itself would sell the last unit twice.
    """
    totals: dict[str, int] = {}
    for variant_id, quantity in lines:
        assert quantity >= 1, f"a wish for {quantity}"
        totals[variant_id] = totals.get(variant_id, 0) + quantity
    return dict(sorted(totals.items()))


def check_limits(wanted: dict[str, int], held_units: int) -> None:
    """Invalid for too many of one variant, Conflict for more than one buyer may hold at all."""
    for quantity in wanted.values():
        if quantity > QUANTITY_MAX:
            raise Invalid(
                _("At most %(count)d of one product.") % {"count": QUANTITY_MAX}, field="quantity"
            )
    units = held_units + sum(wanted.values())
    if units > UNITS_PER_OWNER_MAX or len(wanted) > VARIANTS_PER_OWNER_MAX:
        raise Conflict(_("That is more than one person can reserve at a time."), code="hold-limit")
