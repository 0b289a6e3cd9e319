"""The verbs of the whole plan: items of every kind, in order."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows import rules, rundown_kinds
from showfloor.shows.models import PRODUCT_ITEM, RundownItem, Show
from showfloor.shows.services.locking import lock
from showfloor.timeline import services as timeline


@timeline.verb
def add_item(show: Show, kind: str, given: Mapping[str, Any], position: int | None) -> RundownItem:
    """Put an item that is no product into the plan, at a position or at its end."""
    with timeline.write():
        locked = lock(show)
        payload = {
            **rundown_kinds.named(kind).read(locked, given),
            **rundown_kinds.read_timing(given),
        }
        rows = list(_items(locked))
        if len(rows) >= rules.RUNDOWN_MAX:
            raise Conflict(
                _("At most %(count)s items in a show.") % {"count": rules.RUNDOWN_MAX},
                code="rundown-full",
            )
        made = RundownItem(show=locked, kind=kind, payload=payload, position=len(rows))
        made.save(force_insert=True)
        at = len(rows) if position is None else max(0, min(position, len(rows)))
        _write_order(locked, [*rows[:at], made, *rows[at:]])
    return made


@timeline.verb
def change_item(show: Show, item_id: str, given: Mapping[str, Any]) -> None:
    """Change the data of an item; of a product, when its turn comes."""
    with timeline.write():
        locked = lock(show)
        row = find_item(locked, item_id)
        wanted = {**row.payload, **given}
        is_product = row.kind == PRODUCT_ITEM
        own = {} if is_product else rundown_kinds.named(row.kind).read(locked, wanted)
        row.payload = {**own, **rundown_kinds.read_timing(wanted)}
        row.save(update_fields=["payload"])


@timeline.verb
def remove_item(show: Show, item_id: str) -> None:
    """Take an item that is no product out of the plan."""
    with timeline.write():
        locked = lock(show)
        row = find_item(locked, item_id)
        if row.kind == PRODUCT_ITEM:
            raise _no_item()
        row.delete()


@timeline.verb
def order_items(show: Show, item_ids: Sequence[str]) -> None:
    """Set the order of all items of the plan; Invalid unless each is named once."""
    with timeline.write():
        locked = lock(show)
        rows = {row.pk: row for row in _items(locked)}
        if sorted(rows) != sorted(item_ids):
            raise Invalid(_("Name each item of the plan once."), field="item_ids")
        _write_order(locked, [rows[pk] for pk in item_ids])


def _items(show: Show) -> QuerySet[RundownItem]:
    rows = RundownItem.objects.for_brand(show.brand_id).filter(show=show)
    return rows.order_by("position", "pk")


def find_item(show: Show, item_id: str) -> RundownItem:
    """Return an item of the show's plan; NotFound."""
    found = _items(show).filter(pk=item_id).first()
    if found is None:
        raise _no_item()
    return found


def _no_item() -> NotFound:
    return NotFound(_("There is no such item in the rundown."))


def _write_order(show: Show, rows: Sequence[RundownItem]) -> None:
    for position, row in enumerate(rows):
        row.position = position
    RundownItem.objects.for_brand(show.brand_id).bulk_update(rows, ["position"])
