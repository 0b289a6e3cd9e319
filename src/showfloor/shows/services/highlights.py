"""The verbs that put products on screen and take them off."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.catalogue.models import Product
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows import queries, rules
from showfloor.shows.models import PRODUCT_ITEM, Highlight, RundownItem, Show, ShowState
from showfloor.shows.services.locking import lock, staff_actor
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


@timeline.verb
def highlight(
    show: Show, product_ids: Sequence[str], picture_at: datetime | None, by: User
) -> Highlight:
    """Put one to three products of the rundown on screen, in place of the current ones.

    `picture_at` is the picture that the producer saw (see `rules.picture_time`). A request for
    the products that are on screen already changes nothing.
    """
    wanted = list(product_ids)
    rules.check_on_screen(wanted)
    with timeline.write():
        locked = lock(show)
        _check_live(locked)
        products = _on_rundown(locked, wanted)
        current = list(open_highlights(locked))
        if len(current) == 1 and queries.product_ids_of(current[0]) == wanted:
            return current[0]
        picture = rules.picture_time(picture_at, utc_now(), earliest_picture(locked))
        entries = close_highlights(locked, picture, staff_actor(by))
        new = Highlight(show=locked, started_at=picture)
        new.save()
        _write_products(new, products)
        body = {
            "highlight_id": new.pk,
            "items": [{"kind": PRODUCT_ITEM, "id": pk} for pk in wanted],
            "product_ids": wanted,
            "products": queries.shown_products(locked.brand, products),
        }
        entries.append(NewEntry("highlight.started", body, picture, staff_actor(by)))
        timeline.append(locked.timeline_id, entries)
    return new


@timeline.verb
def take_down(show: Show, highlight_id: str, picture_at: datetime | None, by: User) -> Highlight:
    """Take a highlight off the screen; NotFound when there is none of this id.

    A highlight that is off already stays as it is. Each verb is the other one's undo.
    """
    with timeline.write():
        locked = lock(show)
        of_brand = Highlight.objects.for_brand(locked.brand_id)
        found = of_brand.filter(show=locked, pk=highlight_id).first()
        if found is None:
            raise NotFound(_("There is no such highlight."))
        if found.ended_at is not None:
            return found
        picture = rules.picture_time(picture_at, utc_now(), found.started_at)
        found.ended_at = picture
        found.save(update_fields=["ended_at"])
        entry = NewEntry("highlight.ended", {"highlight_id": found.pk}, picture, staff_actor(by))
        timeline.append(locked.timeline_id, [entry])
    return found


def close_highlights(show: Show, picture: datetime, actor: str) -> list[NewEntry]:
    """Close the open highlights at `picture`; return the entries to append."""
    entries = []
    for current in open_highlights(show):
        current.ended_at = max(picture, current.started_at)
        current.save(update_fields=["ended_at"])
        body = {"highlight_id": current.pk}
        entries.append(NewEntry("highlight.ended", body, current.ended_at, actor))
    return entries


def _check_live(show: Show) -> None:
    if show.state != ShowState.LIVE:
        raise Conflict(_("The show is not live."), code="show-not-live")


def _on_rundown(show: Show, product_ids: list[str]) -> list[Product]:
    """Return these products of the rundown in the given order; Invalid when one is not in it."""
    items = RundownItem.objects.for_brand(show.brand_id).filter(show=show)
    found = {
        item.product_id: item.product
        for item in items.filter(product__in=product_ids).select_related("product")
        if item.product is not None
    }
    if len(found) != len(product_ids):
        raise Invalid(_("This product is not in the rundown."), field="product_ids")
    return [found[pk] for pk in product_ids]


def open_highlights(show: Show) -> QuerySet[Highlight]:
    """Return what is on screen, the oldest first."""
    rows = Highlight.objects.for_brand(show.brand_id).filter(show=show, ended_at__isnull=True)
    return rows.order_by("started_at", "pk")


def earliest_picture(show: Show) -> datetime:
    """Return the earliest picture at which a new highlight may begin."""
    assert show.started_at is not None, "a live show has started"
    last = (
        Highlight.objects.for_brand(show.brand_id)
        .filter(show=show)
        .aggregate(started=Max("started_at"), ended=Max("ended_at"))
    )
    known: list[datetime] = [moment for moment in last.values() if moment is not None]
    return max([show.started_at, *known])


def _write_products(one: Highlight, products: list[Product]) -> None:
    through = Highlight.products.through
    through._default_manager.bulk_create(
        through(highlight_id=one.pk, product_id=product.pk) for product in products
    )
