"""Notes and tags of orders: words of staff, which buyers never see."""

from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb
from showfloor.checkout.models import Order
from showfloor.checkout.services import orders
from showfloor.fulfilment import history
from showfloor.fulfilment.models import OrderEvent, OrderTag
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.stock import services as stock

NOTE_CHARS_MAX = 2000
TAG_CHARS_MAX = 40
TAGS_MAX = 20  # on one order


@verb
def add_note(order: Order, text: str, key: str, now: datetime, *, by: User | None = None) -> None:
    """Add a note to an order's history, where it stays. The same text and `key` add
    once. Invalid for an empty or a long one."""
    tidy = text.strip()
    if not tidy:
        raise Invalid(_("Write something."), field="text")
    if len(tidy) > NOTE_CHARS_MAX:
        raise Invalid(_("At most %(count)d characters.") % {"count": NOTE_CHARS_MAX}, field="text")
    with stock.writing():
        order = orders.lock(order)
        notes = OrderEvent.objects.for_brand(order.brand_id).filter(order=order, kind=history.NOTE)
        # A browser that goes back shows the form with its key again, and another note may follow.
        if not notes.filter(detail__key=key, detail__text=tidy).exists():
            history.add(order, history.NOTE, now, by=by, text=tidy, key=key)


@verb
def add_tag(order: Order, name: str, now: datetime, *, by: User | None = None) -> None:
    """Put a tag on an order; one that is there stays. Invalid names the mistake; Conflict for one
    too many."""
    tidy = " ".join(name.split())
    if not tidy or not tidy.isprintable():
        raise Invalid(_("Write a word for the tag."), field="tag")
    if len(tidy) > TAG_CHARS_MAX:
        raise Invalid(_("At most %(count)d characters.") % {"count": TAG_CHARS_MAX}, field="tag")
    with stock.writing():
        order = orders.lock(order)
        known = {tag.name.casefold() for tag in tags(order)}
        if tidy.casefold() in known:
            return
        if len(known) >= TAGS_MAX:
            raise Conflict(_("An order has at most %(count)d tags.") % {"count": TAGS_MAX})
        OrderTag(brand_id=order.brand_id, order=order, name=tidy).save(force_insert=True)
        history.add(order, history.TAGGED, now, by=by, text=tidy)


@verb
def remove_tag(order: Order, name: str, now: datetime, *, by: User | None = None) -> None:
    """Take a tag off an order; one that is not there is no mistake."""
    with stock.writing():
        order = orders.lock(order)
        rows = OrderTag.objects.for_brand(order.brand_id).filter(order=order, name=name)
        if rows.delete()[0]:
            history.add(order, history.UNTAGGED, now, by=by, text=name)


def tags(order: Order) -> list[OrderTag]:
    """Return the tags of an order, by name."""
    return list(OrderTag.objects.for_brand(order.brand_id).filter(order=order))
