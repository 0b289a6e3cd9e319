"""The highlights of a show as date ranges of its stream, for players that do not follow the
timeline: any HLS player can tell which products are in its picture.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from showfloor.accounts.database_threads import Database
from showfloor.media.hls.playlist import DateRange
from showfloor.shows.models import Highlight
from showfloor.shows.show_cache import ShowCache
from showfloor.timeline.bus import Bus

KIND: Final = "org.showfloor.highlight"
RANGES_MAX: Final = 1000  # of one show
TITLE_MAX: Final = 300

type Ranges = tuple[DateRange, ...]
type Look = Callable[[str, Ranges | None], Ranges]


class Stream(Protocol):
    def set_ranges(self, ranges: Ranges) -> None: ...


class HighlightRanges:
    """Keeps the date ranges of streams like the highlights of their shows. Belongs to the event
    loop."""

    def __init__(
        self, database: Database, look: Look | None = None, *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`look`: returns the ranges of a show after those of before, in a thread; with others than
        highlights where there are some."""
        self.kept = ShowCache[Ranges](database, look or read_again, (), monotonic=monotonic)

    def watch(self, bus: Bus) -> Callable[[], None]:
        return self.kept.watch(bus)

    async def apply(self, show_id: str, timeline_id: str, stream: Stream) -> None:
        """Give a stream the ranges that are known."""
        stream.set_ranges(await self.kept.get(show_id, timeline_id))


def read_again(show_id: str, before: Ranges | None) -> Ranges:
    """Return the ranges of a show as a playlist may list them after those of before."""
    return as_listed(read(show_id), before or ())


def read(show_id: str) -> tuple[DateRange, ...]:
    """Return the ranges of a show's highlights in the order of their pictures."""
    rows = Highlight.objects.all_brands().filter(show=show_id).order_by("started_at", "pk")
    through = Highlight.products.through._default_manager.filter(highlight__show=show_id)
    shown: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for highlight_id, product_id, name in through.order_by("pk").values_list(
        "highlight", "product", "product__name"
    ):
        shown[highlight_id].append((product_id, name))
    return tuple(
        DateRange(row.pk, KIND, row.started_at, row.ended_at, _attributes(row, shown[row.pk]))
        for row in rows[:RANGES_MAX]
    )


def _attributes(row: Highlight, products: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return what a range says of its products; nothing when it was taken back before its first
    picture, so that nobody learns what it would have shown."""
    if row.ended_at is not None and row.ended_at <= row.started_at:
        return ()
    title = ", ".join(name for _, name in products)[:TITLE_MAX]
    return (("TITLE", title), ("PRODUCTS", ",".join(pk for pk, _ in products)))


def as_listed(
    ranges: tuple[DateRange, ...], before: tuple[DateRange, ...]
) -> tuple[DateRange, ...]:
    """Return the ranges with the names under which they were listed first: a listed range may get
    attributes, but none of them may change (4.4.5.1)."""
    known = {one.id: one.attributes for one in before}
    listed = tuple(
        replace(one, attributes=known[one.id]) if one.attributes and known.get(one.id) else one
        for one in ranges
    )
    return before if listed == before else listed
