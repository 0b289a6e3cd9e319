"""The list of entries that caches in front must drop, written in the transaction of the cause.

A range of entries may stay in a cache for a year. A process may die between a deletion and the
purge, so the list is also worked off after a restart.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Final

from django.db import transaction

from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.timeline import queries
from showfloor.timeline.bus import bus
from showfloor.timeline.log import RANGE_ENTRIES
from showfloor.timeline.models import Recall, Tick, Timeline

TOPIC: Final = "recall"
_TICKS_CACHED_MS: Final = 600_000  # a tick is cacheable for a minute; caches may lie about time
_ALL: Final = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of the list: the ticks and ranges of a timeline that hold its entries."""

    id: int
    timeline_id: str
    epoch: str
    ticks: tuple[int, ...]
    ranges: tuple[int, ...]


def note(timeline_id: str, first: int, last: int = _ALL, epoch: str = "") -> None:
    """Add entries `first` to `last` to the list in the open transaction. `epoch`: of the ranges,
    where the timeline gets another one."""
    Recall(timeline_id=timeline_id, first=first, last=last, epoch=epoch).save(force_insert=True)
    transaction.on_commit(partial(bus.publish, TOPIC, {"timeline": timeline_id}))


def waiting(besides: Collection[int] = (), limit: int = 200) -> list[Waiting]:
    """Return the oldest rows of the list, without those of `besides`."""
    rows = list(Recall.objects.all_brands().exclude(id__in=besides).order_by("id")[:limit])
    timelines = Timeline.objects.all_brands().in_bulk({row.timeline_id for row in rows})
    return [_waiting(row, timelines[row.timeline_id]) for row in rows]


def done(ids: Collection[int]) -> None:
    """Delete these rows, because every cache has dropped their entries."""
    Recall.objects.all_brands().filter(id__in=ids).delete()


def _waiting(row: Recall, timeline: Timeline) -> Waiting:
    last = min(row.last, timeline.seq)
    ranges = range((row.first - 1) // RANGE_ENTRIES, max(last - 1, 0) // RANGE_ENTRIES + 1)
    epoch = row.epoch or timeline.epoch
    return Waiting(row.id, timeline.pk, epoch, tuple(_ticks(row)), tuple(ranges))


def _ticks(row: Recall) -> Iterator[int]:
    start = queries.tick_reaching(row.timeline_id, row.first)
    found = Tick.objects.all_brands().filter(timeline_id=row.timeline_id, number__gte=start)
    if row.first != row.last:  # without ticks that are too old to be in any cache
        found = found.filter(at__gt=to_epoch_ms(utc_now()) - _TICKS_CACHED_MS)
    rows = found.order_by("number").values_list("number", "first").iterator()
    return (number for number, _first in takewhile(lambda one: one[1] <= row.last, rows))
