"""The verbs of a show's rundown: its products, in order."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from showfloor.catalogue.models import Product
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.shows import queries, rules
from showfloor.shows.models import PRODUCT_ITEM, Highlight, RundownItem, Show
from showfloor.shows.services.locking import lock
from showfloor.shows.services.stock_levels import announce_stock
from showfloor.timeline import services as timeline


@timeline.verb
def set_rundown(show: Show, product_ids: Sequence[str]) -> None:
    """Set the show's products, in order. A product that was shown stays: its card needs it."""
    with timeline.write():
        locked = lock(show)
        known = set(queries.rundown_ids(locked))
        write_rundown(locked, product_ids)
        # Viewers learn of a new product by its stock level.
        announce_stock(queries.variant_ids(locked.brand, set(product_ids) - known))


@timeline.verb
def add_to_rundown(show: Show, product_ids: Sequence[str]) -> None:
    """Put products at the end of the rundown; a product that is in it stays where it is."""
    with timeline.write():
        locked = lock(show)
        known = queries.rundown_ids(locked)
        new = [pk for pk in dict.fromkeys(product_ids) if pk not in known]
        if new:
            write_rundown(locked, [*known, *new])
            announce_stock(queries.variant_ids(locked.brand, new))


@timeline.verb
def remove_from_rundown(show: Show, product_id: str) -> None:
    """Take a product out of the rundown; Conflict for a product that was shown."""
    with timeline.write():
        locked = lock(show)
        known = queries.rundown_ids(locked)
        if product_id in known:
            write_rundown(locked, [pk for pk in known if pk != product_id])


def write_rundown(show: Show, product_ids: Sequence[str]) -> None:
    """Replace the rundown, in the open transaction; Invalid or Conflict when it cannot be so."""
    wanted = list(product_ids)
    if len(wanted) > rules.RUNDOWN_MAX:
        raise Invalid(
            _("At most %(count)s products in a show.") % {"count": rules.RUNDOWN_MAX},
            field="product_ids",
        )
    if len(set(wanted)) != len(wanted):
        raise Invalid(_("A product can be in the rundown once."), field="product_ids")
    if Product.objects.for_brand(show.brand_id).filter(pk__in=wanted).count() != len(wanted):
        raise Invalid(_("One of these products does not exist."), field="product_ids")
    shown = Product.objects.for_brand(show.brand_id).filter(
        pk__in=Highlight.products.through._default_manager.filter(highlight__show=show).values(
            "product"
        )
    )
    missing = shown.exclude(pk__in=wanted).first()
    if missing is not None:
        raise Conflict(
            _("%(product)s was shown and stays in the rundown.") % {"product": missing.name},
            code="was-shown", field="product_ids",
        )  # fmt: skip
    items = RundownItem.objects.for_brand(show.brand_id).filter(show=show)
    rows = list(items.order_by("position", "pk"))
    # Items of other kinds stay behind the product that they follow.
    order = rules.with_followers([(row.pk, row.product_id) for row in rows], wanted)
    kept = {row.product_id or row.pk: row for row in rows}
    items.filter(kind=PRODUCT_ITEM).exclude(product__in=wanted).delete()
    made: list[RundownItem] = []
    moved: list[RundownItem] = []
    for position, (item_id, product_id) in enumerate(order):
        row = kept.get(product_id or item_id)
        if row is None:
            made.append(RundownItem(show=show, product_id=product_id, position=position))
        elif row.position != position:
            row.position = position
            moved.append(row)
    items.bulk_create(made)
    items.bulk_update(moved, ["position"])
