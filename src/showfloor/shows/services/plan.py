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
        payload = rundown_kinds.named(kind).read(locked, given)
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
    """Change the data of an item that is no product."""
    with timeline.write():
        locked = lock(show)
        row = _own(locked, item_id)
        row.payload = rundown_kinds.named(row.kind).read(locked, {**row.payload, **given})
        row.save(update_fields=["payload"])


@timeline.verb
def remove_item(show: Show, item_id: str) -> None:
    """Take an item that is no product out of the plan."""
    with timeline.write():
        locked = lock(show)
        _own(locked, item_id).delete()


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


def _own(show: Show, item_id: str) -> RundownItem:
    found = _items(show).exclude(kind=PRODUCT_ITEM).filter(pk=item_id).first()
    if found is None:
        raise NotFound(_("There is no such item in the rundown."))
    return found


def _write_order(show: Show, rows: Sequence[RundownItem]) -> None:
    for position, row in enumerate(rows):
        row.position = position
    RundownItem.objects.for_brand(show.brand_id).bulk_update(rows, ["position"])
