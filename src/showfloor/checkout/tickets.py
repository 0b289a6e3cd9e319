"""Tickets: what `shows.watching` asks of the rights that orders grant.

A right to attend a show lets its holder watch it and its replay; a right to watch is for the replay
alone. How long either lasts, the product's right says.
"""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from showfloor.catalogue.models import Variant
from showfloor.checkout import entitlements
from showfloor.checkout.entitlement_models import EntitlementKind, ProductGrant
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.shows import watching
from showfloor.shows.models import OpenTo, Show
from showfloor.shows.rules import is_public
from showfloor.shows.watched_show import WatchedShow


class SoldTickets:
    """`shows.watching.Tickets`."""

    def holders(self, show: WatchedShow, subjects: Collection[str]) -> set[str]:
        rights = entitlements.in_force(show.brand_id, utc_now())
        found = rights.filter(owner__in=subjects, kind__in=_kinds(show), target=show.show_id)
        return set(found.values_list("owner", flat=True))

    def variants(self, show: WatchedShow) -> dict[str, list[str]]:
        grants = _grants(show).filter(product=OuterRef("product"))
        of_it = Q(variant=None) | Q(variant=OuterRef("pk"))
        sold = Variant.objects.for_brand(show.brand_id).filter(
            Exists(grants.filter(of_it)), archived=False, product__published=True
        )
        first = grants.order_by("pk").values("pk")[:1]
        rows = sold.annotate(first=Subquery(first)).order_by("first", "product", "position", "pk")
        found: dict[str, list[str]] = {}
        for product_id, variant_id in rows.values_list("product", "pk"):
            found.setdefault(product_id, []).append(variant_id)
        return found


def check_sold_without(gone: Iterable[ProductGrant]) -> None:
    """Raise Conflict for a public show that needs a ticket which nobody could buy without these
    rights, and can now."""
    rows = list(gone)
    for show in {one.show for one in rows if one.show is not None}:
        if _is_last(show, _on_sale(watching.facts_of(show)).exclude(pk__in=[r.pk for r in rows])):
            raise Conflict(_last_words(show), code="last-ticket")


def reasons_to_stay(
    brand_id: str, hidden: Collection[str], variants: Collection[str] = ()
) -> dict[str, str]:
    """`catalogue.sale_guards.Guard`: the products without which, or without these variants of
    which, nobody could buy the ticket of a public show."""
    rows = ProductGrant.objects.for_brand(brand_id).filter(show__open_to=OpenTo.TICKET)
    by_show: dict[Show, list[ProductGrant]] = {}
    product_ids, gone = set(hidden), set(variants)
    touched = product_ids | _products_of(brand_id, gone)
    # The tickets are few; the products may be all of a feed, more than a statement takes.
    for row in rows.select_related("show").order_by("pk"):
        if row.show is not None and row.product_id in touched:
            by_show.setdefault(row.show, []).append(row)
    return {
        row.product_id: _last_words(show)
        for show, rows_of_it in by_show.items()
        if _is_last(show, _on_sale_without(show, rows_of_it, product_ids, gone))
        for row in rows_of_it
    }


def _products_of(brand_id: str, variants: Collection[str]) -> set[str]:
    if not variants:
        return set()
    rows = Variant.objects.for_brand(brand_id).filter(pk__in=variants)
    return set(rows.values_list("product_id", flat=True))


def _on_sale_without(
    show: Show, rows: Sequence[ProductGrant], products: Collection[str], variants: Collection[str]
) -> QuerySet[ProductGrant]:
    """Return the rights that buyers can get once these products and variants are off sale."""
    hidden = [row.pk for row in rows if row.product_id in products]
    return _on_sale(watching.facts_of(show), without=variants).exclude(pk__in=hidden)


def _is_last(show: Show, left: QuerySet[ProductGrant]) -> bool:
    """Return whether people can buy the right to watch the show now, and with what is `left` they
    could not."""
    if show.open_to != OpenTo.TICKET or not is_public(show.state, published=show.published):
        return False
    return _on_sale(watching.facts_of(show)).exists() and not left.exists()


def _last_words(show: Show) -> str:
    words = _(
        "%(show)s is for people with a ticket, and nothing else sells one. Save the"
        " show unpublished, or give another product the right first."
    )
    return words % {"show": show.title}


def _on_sale(show: WatchedShow, without: Collection[str] = ()) -> QuerySet[ProductGrant]:
    """Return the rights of goods on sale that let their buyers watch the show; `without`: variants
    that count as off sale."""
    sold = Variant.objects.for_brand(show.brand_id).filter(
        product=OuterRef("product"), archived=False
    )
    if without:
        sold = sold.exclude(pk__in=without)
    one = sold.filter(pk=OuterRef("variant"))
    return _grants(show).filter(
        Q(variant=None) & Exists(sold) | Exists(one), product__published=True
    )


def _grants(show: WatchedShow) -> QuerySet[ProductGrant]:
    rows = ProductGrant.objects.for_brand(show.brand_id)
    return rows.filter(show=show.show_id, kind__in=_kinds(show))


def _kinds(show: WatchedShow) -> Sequence[str]:
    attend = [EntitlementKind.ATTEND.value]
    return [*attend, EntitlementKind.WATCH.value] if show.is_over else attend
