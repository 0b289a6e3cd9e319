"""The renewal of timelines after a restore from a backup, so that every follower starts again.

The entries between the backup and the restore are lost, and their numbers are given out again for
others. An old position must therefore mean nothing: public timelines get a new `epoch`; personal
streams, which have none on the wire, get numbers that were never given out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Final

from django.db.models import F

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb
from showfloor.kernel.ids import new_id
from showfloor.timeline import cache_invalidation, personal_stream
from showfloor.timeline.models import Entry, PersonStream, Timeline
from showfloor.timeline.services import write

_AT_ONCE: Final = 500  # timelines in one transaction


@dataclass(frozen=True, slots=True)
class Renewed:
    """The number of timelines with a new epoch, and of personal streams with new numbers."""

    timelines: int
    streams: int


def begin_anew_everywhere() -> Iterator[tuple[Brand, Renewed]]:
    """Call `begin_anew` for each brand and yield the brand with its numbers."""
    for brand in Brand.objects.order_by("slug"):
        yield brand, begin_anew(brand.pk)


@verb
def begin_anew(brand_id: str) -> Renewed:
    """Give all timelines of a brand a new epoch, and purge the old one from caches. Each batch is
    final when it commits; a second run does no harm."""
    streams = _ids(PersonStream, brand_id, "timeline_id")
    timelines = sorted(set(_ids(Timeline, brand_id, "pk")) - set(streams))
    for some in batched(timelines, _AT_ONCE):
        with write():
            _renew_epochs(brand_id, some)
    for some in batched(streams, _AT_ONCE):
        with write():
            _renumber(brand_id, some)
    return Renewed(len(timelines), len(streams))


def _ids(model: type[Timeline] | type[PersonStream], brand_id: str, field: str) -> list[str]:
    return list(model.objects.for_brand(brand_id).order_by(field).values_list(field, flat=True))


def _renew_epochs(brand_id: str, ids: Sequence[str]) -> None:
    rows = Timeline.objects.for_brand(brand_id).filter(pk__in=ids).order_by("pk")
    for timeline in rows.select_for_update():
        cache_invalidation.note(timeline.pk, 1, epoch=timeline.epoch)
        rows.filter(pk=timeline.pk).update(epoch=new_id())


def _renumber(brand_id: str, ids: Sequence[str]) -> None:
    """Shift a stream's numbers and its head together, so that the head stays the number of an
    entry."""
    further = personal_stream.unused_seq()
    rows = Timeline.objects.for_brand(brand_id).filter(pk__in=ids)
    rows.update(seq=F("seq") + further)
    Entry.objects.for_brand(brand_id).filter(timeline__in=ids).update(seq=F("seq") + further)
