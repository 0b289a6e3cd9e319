"""The variants that are sold in a market, as a query: pages, feeds and maps list them.

`pricing.queries.load` decides about each sale; a test holds that both name the same variants.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Variant
from showfloor.catalogue.queries import on_sale
from showfloor.pricing import markets
from showfloor.pricing.models import Market, MarketExclusion, PriceListItem, PriceListKind


def sold(brand: Brand, market: Market | None, now: datetime) -> QuerySet[Variant]:
    """Return the variants on sale in a market (None: the home market): with a price there, of their
    own or by a list, and not excluded from it."""
    currency, market_id = markets.terms_of(brand, market)
    own = Price.objects.for_brand(brand).filter(variant=OuterRef("pk"), currency=currency)
    excluded = MarketExclusion.objects.for_brand(brand).filter(
        Q(variant__isnull=True) | Q(variant=OuterRef("pk")),
        market=market_id, product=OuterRef("product"),
    )  # fmt: skip
    listed = Exists(_listed(brand, currency, market_id, now).filter(variant=OuterRef("pk")))
    rows = Variant.objects.for_brand(brand).filter(on_sale())
    return rows.filter(Exists(own) | listed).exclude(Exists(excluded))


def _listed(
    brand: Brand, currency: str, market_id: str, now: datetime
) -> QuerySet[PriceListItem]:  # fmt: skip
    """Return what lists of regular prices say: a sale alone is no price."""
    return PriceListItem.objects.for_brand(brand).filter(
        Q(price_list__market__isnull=True) | Q(price_list__market=market_id),
        Q(price_list__ends_at__isnull=True) | Q(price_list__ends_at__gt=now),
        Q(until__isnull=True) | Q(until__gt=now),
        price_list__kind=PriceListKind.REGULAR, price_list__published=True,
        price_list__currency=currency, price_list__starts_at__lte=now, since__lte=now,
        amount__isnull=False,
    )  # fmt: skip
