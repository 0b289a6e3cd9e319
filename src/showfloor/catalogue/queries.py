"""Queries of the catalogue for other rooms."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import ngettext

from showfloor.accounts import batch_sql
from showfloor.catalogue.models import Price, Variant
from showfloor.kernel.bulk_sql import Cursor

# `on_sale` for plain SQL over a variant `v` and its product `g`.
ON_SALE_SQL: Final = "g.published AND NOT v.archived"


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant with what is said of its product. `image`: a path below MEDIA_ROOT, the variant's
    or else the product's."""

    variant_id: str
    sku: str
    options: dict[str, str]
    image: str
    archived: bool
    product_id: str
    name: str
    published: bool
    withdrawal_exception: str = ""  # see `facts.WithdrawalException`
    weight_g: int = 0
    is_sent: bool = True  # False: a download or a ticket


def goods(
    cursor: Cursor, brand_id: str, *, skus: Collection[str] = (),
    variant_ids: Collection[str] = (),
) -> list[Goods]:  # fmt: skip
    """Return the brand's variants with these SKUs or ids, whether they are sold or not."""
    either = [
        (f"v.{column}", values) for column, values in (("sku", skus), ("id", variant_ids)) if values
    ]
    if not either:
        return []
    cursor.execute(
        "SELECT v.id, v.sku, v.options, v.image, v.archived, p.id, p.name, p.image, p.published,"  # noqa: S608
        " p.withdrawal_exception, v.weight_g, p.is_sent"
        " FROM catalogue_variant v JOIN catalogue_product p ON p.id = v.product_id"
        " WHERE v.brand_id = %s"
        f" AND ({' OR '.join(batch_sql.among(column) for column, _values in either)})",
        (brand_id, *(batch_sql.many(values) for _column, values in either)),
    )
    return [_goods(*row) for row in cursor.fetchall()]


def _goods(
    variant_id: str, sku: str, options: Any, image: str, archived: Any, product_id: str,
    name: str, product_image: str, published: Any, withdrawal_exception: str,
    weight_g: int | None, is_sent: Any,
) -> Goods:  # fmt: skip
    return Goods(
        variant_id, sku, json.loads(options) if isinstance(options, str) else options,
        image or product_image or "", bool(archived), product_id, name, bool(published),
        withdrawal_exception, weight_g or 0, bool(is_sent),
    )  # fmt: skip


def on_sale(variant: str = "") -> Q:
    """The condition of a variant that may be listed and sold; `variant`: the path to it."""
    return Q(**{f"{variant}archived": False, f"{variant}product__published": True})


def unpriced_in(brand_id: str, currency: str) -> str:
    """Name the obstacle to selling in this currency: variants that have a price in another one and
    would leave the shop and every cart without a word; empty when there are none."""
    prices = Price.objects.for_brand(brand_id)
    priced = Variant.objects.for_brand(brand_id).filter(on_sale(), pk__in=prices.values("variant"))
    missing = priced.exclude(pk__in=prices.filter(currency=currency).values("variant")).count()
    if not missing:
        return ""
    return ngettext(
        "%(count)d product or variant has no price in %(currency)s and could not be bought any"
        " more. Enter or import it first.",
        "%(count)d products or variants have no price in %(currency)s and could not be bought any"
        " more. Enter or import them first.",
        missing,
    ) % {"count": missing, "currency": currency}
