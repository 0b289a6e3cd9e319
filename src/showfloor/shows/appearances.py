"""The places of recordings and live shows at which a product was shown."""

from showfloor.accounts.models import Brand
from showfloor.shows import rules
from showfloor.shows.models import Highlight, OpenTo, Show, ShowState


def places_of(brand: Brand, product_id: str, limit: int = 6) -> list[tuple[Show, float]]:
    """Return the shows that everyone may watch in which a product was shown, the latest first, each
    with the show time of its first picture there."""
    rows = Highlight.objects.for_brand(brand).filter(
        products=product_id, show__published=True, show__is_test=False,
        show__recording_deleted_at__isnull=True, show__open_to=OpenTo.EVERYONE,
        show__state__in=[ShowState.LIVE, ShowState.ENDED],
    )  # fmt: skip
    first: dict[str, tuple[Show, float]] = {}
    for row in rows.select_related("show").order_by("-show__started_at", "started_at"):
        assert row.show.started_at is not None, "a show that shows products has started"
        at_s = rules.show_time_s(row.show.started_at, row.started_at)
        first.setdefault(row.show_id, (row.show, at_s))
    return list(first.values())[:limit]
