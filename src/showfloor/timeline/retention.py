"""The retention of ticks and personal streams. The entries of a show are its replay, and stay as
long as the show does."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import to_epoch_ms
from showfloor.kernel.retention import Keep
from showfloor.timeline.models import PersonStream, Tick, Timeline

# The last ticks of each timeline stay at any age: the next tick begins where the last one ended,
# and a process that begins to follow reads some before it.
LAST_TICKS = 2000


@verb
def _forget_ticks(before: datetime, limit: int) -> int:
    """Delete old ticks of timelines that were silent since. Ticks are for viewers who are seconds
    behind; a replay reads entries by their number."""
    with write():
        rows = Tick.objects.all_brands()
        over = rows.filter(timeline=OuterRef("pk"), number__lte=OuterRef("tick") - LAST_TICKS)
        timelines = Timeline.objects.all_brands().filter(tick__gt=LAST_TICKS)
        silent = timelines.filter(Exists(over), ticked_at__lt=to_epoch_ms(before)).first()
        if silent is None:
            return 0
        old = rows.filter(timeline=silent, number__lte=silent.tick - LAST_TICKS).order_by("number")
        ids = list(old.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids).delete()
    return len(ids)


@verb
def _forget_streams(before: datetime, limit: int) -> int:
    """Delete streams of persons without news since. A person who comes back gets a new stream, with
    numbers beyond those of the old one."""
    with write():
        streams = PersonStream.objects.all_brands()
        silent = streams.filter(timeline__last_at__lt=to_epoch_ms(before)).order_by("pk")
        ids = list(silent.values_list("timeline_id", flat=True)[: max(1, limit // 10)])
        Timeline.objects.all_brands().filter(pk__in=ids).delete()
    return len(ids)


KEPT = [
    Keep("ticks", 30, _forget_ticks, every_s=600.0),
    Keep("person_streams", 180, _forget_streams, every_s=3600.0),
]
