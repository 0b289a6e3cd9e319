"""The highlights of a show as date ranges of its stream, for players that do not follow the
timeline: any HLS player can tell which products are in its picture.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from django.db import DatabaseError

from showfloor.accounts.database_threads import Database
from showfloor.kernel.single_flight import SingleFlight
from showfloor.media.hls.playlist import DateRange
from showfloor.shows.models import Highlight
from showfloor.timeline.bus import Bus, Wake

log = logging.getLogger(__name__)

KIND: Final = "org.showfloor.highlight"
DOUBT_S: Final = 1.0  # a busy chat makes a show doubtful at every entry; looks are rarer than that
KEPT_S: Final = 10.0  # a lost notice delays a highlight by this much
ENTRIES_MAX: Final = 200
RANGES_MAX: Final = 1000  # of one show
TITLE_MAX: Final = 300


class Stream(Protocol):
    def set_ranges(self, ranges: tuple[DateRange, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    ranges: tuple[DateRange, ...]
    looked_at: float  # monotonic, s


class HighlightRanges:
    """Keeps the date ranges of streams like the highlights of their shows. Belongs to the event
    loop."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._monotonic = monotonic
        self._kept: dict[str, _Kept] = {}  # by timeline
        self._doubted: set[str] = set()  # kept ones in which something has happened since
        self._looking = SingleFlight[str, None]()

    def watch(self, bus: Bus) -> Callable[[], None]:
        """Look again at shows in which something happens; the result ends that."""

        def woken(wake: Wake) -> None:
            if wake.timeline_id in self._kept:
                self._doubted.add(wake.timeline_id)  # on any thread: one step

        return bus.subscribe(woken)

    async def apply(self, show_id: str, timeline_id: str, stream: Stream) -> None:
        """Give a stream the ranges that are known, and have them looked up in time. The first look
        is waited for; a database that does not answer keeps no picture back."""
        kept, now = self._kept.get(timeline_id), self._monotonic()
        wait_s = DOUBT_S if timeline_id in self._doubted else KEPT_S
        if kept is None or now >= kept.looked_at + wait_s:
            look = self._looking.begin(timeline_id, lambda: self._look(show_id, timeline_id))
            if kept is None:
                await look
        found = self._kept.get(timeline_id)
        if found is not None:
            stream.set_ranges(found.ranges)

    async def settled(self) -> None:
        """Wait until the looks that have begun are done."""
        await self._looking.settled()

    def __len__(self) -> int:
        """Return the number of shows that are kept."""
        return len(self._kept)

    async def _look(self, show_id: str, timeline_id: str) -> None:
        before, looked_at = self._kept.get(timeline_id), self._monotonic()
        self._doubted.discard(timeline_id)  # a notice from now on is newer than this look
        try:
            ranges = await self._database.run(read, show_id)
        except DatabaseError as error:
            log.warning("highlights_not_looked_up show=%s reason=%s", show_id, error)
            ranges = before.ranges if before else ()
        self._kept.pop(timeline_id, None)
        while len(self._kept) >= ENTRIES_MAX:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._doubted.discard(oldest)
        listed = as_listed(ranges, before.ranges if before else ())
        self._kept[timeline_id] = _Kept(listed, looked_at)


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
