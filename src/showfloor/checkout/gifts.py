"""Gift wrapping as a line of a checkout: it has a price, a tax and a place on the packing slip, but
no variant and no stock."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from showfloor.catalogue.tax_classes import TaxClass
from showfloor.checkout.rows import CheckoutLineRow
from showfloor.kernel.ids import new_id

WRAPPING_SKU: Final = "gift-wrapping"


def is_goods(line: Any) -> bool:
    """Return whether a line is something that is sold, and not the wrapping of it."""
    return bool(line.sku != WRAPPING_SKU or line.variant_id is not None)


def wrapping_of[L](lines: Sequence[L]) -> L | None:
    """Return the line of the wrapping, if the gift is wrapped."""
    return next((line for line in lines if not is_goods(line)), None)


def with_wrapping(
    lines: Sequence[CheckoutLineRow], price: int | None, *, wanted: bool
) -> list[CheckoutLineRow]:
    """Return the lines with one for the wrapping, or without it. `price`: of the chosen way of
    sending; None where nothing is wrapped."""
    goods = [line for line in lines if is_goods(line)]
    if not wanted or price is None or not goods:
        return goods
    there = wrapping_of(lines)
    if there is not None and there.price == price:
        return [*goods, there]
    return [
        *goods,
        CheckoutLineRow(
            new_id(), goods[0].checkout_id, None, max(line.position for line in goods) + 1,
            WRAPPING_SKU, _("Gift wrapping"), {}, "", 1, price, None, None, tax_class_of(goods),
        ),
    ]  # fmt: skip


def tax_class_of(lines: Sequence[Any]) -> str:
    """Return the tax class of the wrapping: that of the goods that are worth most, because an
    ancillary supply shares the treatment of the principal one."""
    dearest = max(lines, key=lambda line: line.price * line.quantity, default=None)
    return TaxClass.STANDARD if dearest is None else str(dearest.tax_class)
