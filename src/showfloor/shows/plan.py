"""The whole plan of a show as the console lists it: items of every kind, in order."""

from collections import defaultdict
from typing import TypedDict

from showfloor.shows import rundown_kinds
from showfloor.shows.models import RundownItem, Show


class PlanRow(TypedDict):
    """One item. `kind`: product, segment, poll, or what a room registers; `ref`: the product's id,
    the poll's. A cue is for the people of the show only."""

    item_id: str
    kind: str
    title: str
    minutes: int | None
    cue: str
    by_itself: bool  # its turn comes when the item before has had its minutes
    ref: str | None


def plan_rows(show: Show) -> list[PlanRow]:
    """Return the plan; an item whose row is gone, as a deleted poll's, is left out."""
    items = RundownItem.objects.for_brand(show.brand_id).filter(show=show)
    rows = list(items.select_related("product").order_by("position", "pk"))
    by_kind: dict[str, list[RundownItem]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    words: dict[str, rundown_kinds.ItemWords | None] = {}
    for name, some in by_kind.items():
        kind = rundown_kinds.find(name)
        if kind is not None:
            found = kind.words(show, [row.payload for row in some])
            words |= dict(zip((row.pk for row in some), found, strict=True))
    plan: list[PlanRow] = []
    for row in rows:
        said = words.get(row.pk)
        if row.product is not None:
            said = {"title": row.product.name, "ref": row.product_id}
        if said is not None:
            timing = rundown_kinds.read_timing(row.payload)
            plan.append({"item_id": row.pk, "kind": row.kind, **said, **timing})
    return plan
