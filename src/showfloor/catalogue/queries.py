"""Queries of the catalogue for other rooms."""

from typing import Final

from django.db.models import Q
from django.utils.translation import ngettext

from showfloor.catalogue.models import Price, Variant

# `on_sale` for plain SQL over a variant `v` and its product `g`.
ON_SALE_SQL: Final = "g.published AND NOT v.archived"


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
