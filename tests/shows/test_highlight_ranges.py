"""Highlights are date ranges of the stream: as they are, soon, and under the names listed first."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, override

from django.db import OperationalError

from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import User
from showfloor.catalogue.models import Product
from showfloor.media.hls.playlist import DateRange
from showfloor.shows import services
from showfloor.shows.highlight_ranges import HighlightRanges, as_listed, read
from showfloor.shows.models import Highlight, Show
from showfloor.shows.show_cache import DOUBT_S, ENTRIES_MAX, KEPT_S
from showfloor.timeline.bus import Bus
from tests.support.media import T0
from tests.support.shows import product_ids, started_before


def test_ranges_follow_the_highlights_and_keep_their_first_names(
    show: Show, producer: User
) -> None:
    services.start(show, producer)
    started_before(show, 60)
    first, second = product_ids(show)
    names = dict(Product.objects.for_brand(show.brand_id).values_list("pk", "name"))
    one = services.highlight(show, [first], None, producer)
    [listed] = read(show.pk)
    assert (listed.id, listed.start, listed.end) == (one.pk, one.started_at, None)
    assert listed.attributes == (("TITLE", names[first]), ("PRODUCTS", first))
    two = services.highlight(show, [second, first], None, producer)
    services.take_down(show, two.pk, None, producer)
    Product.objects.for_brand(show.brand_id).filter(pk=first).update(name="Renamed")
    ended, other = as_listed(read(show.pk), (listed,))
    assert (ended.end, ended.attributes) == (two.started_at, listed.attributes)
    assert dict(other.attributes)["PRODUCTS"] == f"{second},{first}"
    # It was taken back before its first picture: nobody learns what it would have shown.
    Highlight.objects.for_brand(show.brand_id).filter(pk=two.pk).update(ended_at=two.started_at)
    taken_back = as_listed(read(show.pk), (ended, other))[1]
    assert (taken_back.id, taken_back.attributes) == (two.pk, ())
    assert read("another show") == ()


class Rows(Database):
    """Ranges by show; every look is counted."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[DateRange, ...] = ()
        self.looks = 0
        self.is_down = False

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.looks += 1
        if self.is_down:
            raise OperationalError
        return self.rows


class Stream:
    ranges: tuple[DateRange, ...] = ()

    def set_ranges(self, ranges: tuple[DateRange, ...]) -> None:
        self.ranges = ranges


def highlight(start: datetime) -> DateRange:
    return DateRange("h1", "org.showfloor.highlight", start)


async def test_stream_gets_new_highlights_after_a_notice_and_without_one() -> None:
    now, bus, rows, stream = [1000.0], Bus(), Rows(), Stream()
    ranges = HighlightRanges(rows, monotonic=lambda: now[0])
    unwatch = ranges.watch(bus)

    async def apply() -> int:
        await ranges.apply("show", "timeline", stream)
        await ranges.kept.settled()
        await ranges.apply("show", "timeline", stream)
        return len(stream.ranges)

    rows.rows = (highlight(T0),)
    assert await apply() == 1
    rows.rows += (highlight(T0 + timedelta(seconds=9)),)
    bus.wake("timeline")
    bus.wake("another")
    assert (await apply(), rows.looks) == (1, 1)  # a busy show is looked at once a second
    now[0] += DOUBT_S
    assert (await apply(), rows.looks) == (2, 2)
    rows.rows = ()
    now[0] += KEPT_S - 0.1
    assert (await apply(), rows.looks) == (2, 2)
    now[0] += 0.1
    assert (await apply(), rows.looks) == (0, 3)
    rows.is_down = True
    now[0] += KEPT_S
    assert (await apply(), rows.looks) == (0, 4)
    for number in range(ENTRIES_MAX + 1):
        await ranges.apply("show", f"timeline {number}", stream)
    assert len(ranges.kept) == ENTRIES_MAX
    unwatch()
    rows.close()
