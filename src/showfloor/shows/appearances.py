"""The places of recordings and live shows at which a product was shown."""

from collections.abc import Collection
from typing import Final

from django.db.models import OuterRef, QuerySet, Subquery

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Product
from showfloor.shows import rules
from showfloor.shows.models import Highlight, OpenTo, Show, ShowState

PLACES_MAX: Final = 6


def places_of(brand: Brand, product_id: str) -> list[tuple[Show, float]]:
    """Return the shows that everyone may watch in which a product was shown, the latest first, each
    with the show time of its first picture there."""
    rows = _shown(brand).filter(products=product_id).select_related("show")
    first: dict[str, tuple[Show, float]] = {}
    for row in rows.order_by("-show__started_at", "started_at"):
        assert row.show.started_at is not None, "a show that shows products has started"
        at_s = rules.show_time_s(row.show.started_at, row.started_at)
        first.setdefault(row.show_id, (row.show, at_s))
    return list(first.values())[:PLACES_MAX]


def latest_of(brand: Brand, product_ids: Collection[str]) -> dict[str, Show]:
    """Return the latest show that everyone may watch in which a product was shown, by the product's
    id, in two queries; products that were shown nowhere are left out."""
    if not product_ids:
        return {}
    rows = _shown(brand).filter(products=OuterRef("pk")).order_by("-show__started_at", "-pk")
    products = Product.objects.for_brand(brand).filter(pk__in=product_ids)
    found = dict(products.values_list("pk", Subquery(rows.values("show")[:1])))
    shows = Show.objects.for_brand(brand).in_bulk({pk for pk in found.values() if pk})
    return {product_id: shows[pk] for product_id, pk in found.items() if pk in shows}


def _shown(brand: Brand) -> QuerySet[Highlight]:
    return Highlight.objects.for_brand(brand).filter(
        show__published=True, show__is_test=False, show__recording_deleted_at__isnull=True,
        show__open_to=OpenTo.EVERYONE, show__state__in=[ShowState.LIVE, ShowState.ENDED],
    )  # fmt: skip
