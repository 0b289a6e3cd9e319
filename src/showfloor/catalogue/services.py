"""Verbs of the catalogue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q

from showfloor.accounts import batch_sql
from showfloor.accounts.transactions import verb, write
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.catalogue.price_models import record
from showfloor.kernel.clock import utc_now

_AMOUNTS: Final = {"id": "text", "amount": "bigint", "compare_at": "bigint"}


def set_price(
    variant: Variant, currency: str, amount: int, compare_at: int | None,
    at: datetime | None = None,
) -> Price:  # fmt: skip
    """Set a variant's price in a currency, and the price before; minor units. `at`: when it became
    so, for a price whose past is told afterwards; None: now."""
    assert compare_at is None or compare_at > amount, "a price before that was no higher"
    price = Price.objects.all_brands().filter(variant=variant, currency=currency).first()
    is_new = price is None
    price = price or Price(variant=variant, currency=currency)
    if is_new or (price.amount, price.compare_at) != (amount, compare_at):
        price.amount, price.compare_at = amount, compare_at
        write_prices([price] if is_new else [], [] if is_new else [price], at)
    return price


def write_prices(
    new: Sequence[Price], changed: Sequence[Price], at: datetime | None = None
) -> None:
    """Write prices and their history. Every price is written here, so that the lowest one of the
    last 30 days is known (Directive 98/6/EC, Art. 6a); `Price.save` and `delete` come here, too."""
    batch_sql.create(Price, new)
    with connection.cursor() as cursor:
        batch_sql.update(
            cursor, "catalogue_price", _AMOUNTS,
            [(price.pk, price.amount, price.compare_at) for price in changed],
        )  # fmt: skip
    record([*new, *changed], at or utc_now())


@verb
def except_from_withdrawal(brand_id: str, product_id: str, exception: str) -> bool:
    """Name why a product cannot be withdrawn from, where nobody has chosen; return whether that
    changed it."""
    with write():
        rows = Product.objects.for_brand(brand_id).filter(pk=product_id, withdrawal_exception="")
        return bool(rows.update(withdrawal_exception=exception, updated_at=utc_now()))


@verb
def send_nothing(brand_id: str, product_id: str) -> bool:
    """Note that nothing is sent to buyers of a product; return whether that changed it."""
    with write():
        rows = Product.objects.for_brand(brand_id).filter(pk=product_id, is_sent=True)
        return bool(rows.update(is_sent=False, updated_at=utc_now()))


@verb
def unpublish(brand_id: str, product_id: str) -> None:
    """Take a product out of pages, feeds and carts, and let no feed that hid it before bring it
    back. Again changes nothing."""
    with write():
        rows = Product.objects.for_brand(brand_id).filter(pk=product_id)
        rows = rows.filter(Q(published=True) | Q(missing_since__isnull=False))
        rows.update(published=False, missing_since=None, updated_at=utc_now())
