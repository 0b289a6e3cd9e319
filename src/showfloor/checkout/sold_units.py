"""How many of a product were bought in a show: an exact number that viewers see beside it, where
the brand tells it. Whoever bought stays out of it."""

from collections.abc import Mapping
from typing import Final, TypedDict

from showfloor.checkout import show_sales
from showfloor.checkout.events import ProductSold
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

SHOWS_MAX: Final = 200  # live ones in one run of the job


class SoldSnapshot(TypedDict):
    """The part of a show's snapshot: absolute counts, none of products that nobody has bought."""

    sold: list[ProductSold]


def snapshot(show: Show) -> SoldSnapshot:
    counts = show_sales.bought_units(show) if show.brand.tells_bought else {}
    return {"sold": [{"product_id": pk, "units": units} for pk, units in counts.items()]}


class SoldUnitsNotifier:
    """Tells live shows the counts that have changed. What was told is known to this process alone:
    after a restart the same counts are told once more, which changes nothing."""

    def __init__(self) -> None:
        self._told: dict[str, Mapping[str, int]] = {}

    def tell(self) -> None:
        shows = Show.objects.all_brands().filter(state=ShowState.LIVE, brand__tells_bought=True)
        live = {show.pk: show for show in shows.select_related("brand").order_by("pk")[:SHOWS_MAX]}
        self._told = {pk: told for pk, told in self._told.items() if pk in live}
        for show in live.values():
            self._tell_show(show)

    def _tell_show(self, show: Show) -> None:
        counts, told = show_sales.bought_units(show), self._told.get(show.pk, {})
        changed = [pk for pk in counts.keys() | told.keys() if counts.get(pk) != told.get(pk)]
        if not changed:
            return
        entries = [
            NewEntry("product.sold", {"product_id": pk, "units": counts.get(pk, 0)})
            for pk in sorted(changed)
        ]
        _append(show, entries)
        self._told[show.pk] = counts


@timeline.verb
def _append(show: Show, entries: list[NewEntry]) -> None:
    with timeline.write():
        timeline.append(show.timeline_id, entries)
