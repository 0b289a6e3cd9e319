"""Tickets: what `shows.watching` asks of the rights that orders grant.

A right to attend a show lets its holder watch it and its replay; a right to watch is for the replay
alone. How long either lasts, the product's right says.
"""

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef

from showfloor.catalogue.models import Variant
from showfloor.checkout import entitlements
from showfloor.checkout.entitlement_models import EntitlementKind, ProductGrant
from showfloor.kernel.clock import utc_now
from showfloor.shows.watched_show import WatchedShow


class SoldTickets:
    """`shows.watching.Tickets`."""

    def holders(self, show: WatchedShow, subjects: Collection[str]) -> set[str]:
        rights = entitlements.in_force(show.brand_id, utc_now())
        found = rights.filter(owner__in=subjects, kind__in=_kinds(show), target=show.show_id)
        return set(found.values_list("owner", flat=True))

    def products(self, show: WatchedShow) -> list[str]:
        sold = Variant.objects.for_brand(show.brand_id).filter(
            product=OuterRef("product"), archived=False
        )
        grants = ProductGrant.objects.for_brand(show.brand_id).filter(
            Exists(sold), show=show.show_id, kind__in=_kinds(show), product__published=True
        )
        return list(dict.fromkeys(grants.order_by("pk").values_list("product", flat=True)))


def _kinds(show: WatchedShow) -> Sequence[str]:
    attend = [EntitlementKind.ATTEND.value]
    return [*attend, EntitlementKind.WATCH.value] if show.is_over else attend
