"""The verbs of a show's broadcasts: media comes in, and stops coming."""

from typing import Final

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.kernel.ids import new_id
from showfloor.media import leases
from showfloor.shows.models import Broadcast, Show, ShowState
from showfloor.shows.services.locking import lock_by_id
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

ABANDONED_AT_ONCE: Final = 100


@timeline.verb
def broadcast_opened(
    show_id: str, encoder: str = "", protocol: str = "rtmp", broadcast_id: str | None = None
) -> Broadcast:
    """Open a broadcast. A live show's curtain goes up; before *Start* it is a staff preview. The
    same `broadcast_id`, which the caller makes, opens once."""
    with timeline.write():
        locked = lock_by_id(show_id)
        if locked.state == ShowState.ENDED:
            raise Conflict(_("The show has ended."), code="show-ended")
        now = utc_now()
        rows = Broadcast.objects.for_brand(locked.brand_id).filter(show=locked)
        known = rows.filter(pk=broadcast_id).first() if broadcast_id is not None else None
        if known is not None:
            return known
        open_broadcasts(locked).update(ended_at=now)  # a silent publisher was taken over
        number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
        broadcast = Broadcast(
            id=broadcast_id or new_id(),
            show=locked,
            number=number,
            protocol=protocol,
            encoder=encoder[:120],
            started_at=now,
        )
        broadcast.save(force_insert=True)
        if locked.state == ShowState.LIVE:
            timeline.append(locked.timeline_id, [NewEntry("broadcast.back")])
    return broadcast


@timeline.verb
def broadcast_lost(show_id: str, broadcast_id: str | None = None) -> None:
    """Close the open broadcast. On a live show the curtain falls, and the show goes on.

    With `broadcast_id`, this closes that broadcast only: a broadcast that was taken over is closed
    already, and its loss is no news.
    """
    with timeline.write():
        locked = lock_by_id(show_id)
        lost = open_broadcasts(locked)
        if broadcast_id is not None:
            lost = lost.filter(pk=broadcast_id)
        if lost.update(ended_at=utc_now()) and locked.state == ShowState.LIVE:
            timeline.append(locked.timeline_id, [NewEntry("broadcast.lost")])


def recover_after_restart(owner: str) -> int:
    """Close the broadcasts that a dead server left open; return how many shows had one.

    A show whose media another process takes now is left alone. `owner`: this process's name in
    leases.
    """
    open_ones = Broadcast.objects.all_brands().filter(ended_at__isnull=True)
    open_ones = open_ones.exclude(show__channel__in=leases.held_by_others(owner))
    interrupted = list(open_ones.order_by("show").values_list("show", flat=True).distinct())
    for show_id in interrupted:
        broadcast_lost(show_id)
    return len(interrupted)


def abandoned_broadcasts() -> list[tuple[str, str]]:
    """Return the open broadcasts whose process holds no lease now, as pairs of show and id."""
    open_ones = Broadcast.objects.all_brands().filter(ended_at__isnull=True)
    open_ones = open_ones.filter(show__channel__in=leases.expired())
    return list(open_ones.values_list("show_id", "id")[:ABANDONED_AT_ONCE])


def open_broadcasts(show: Show) -> QuerySet[Broadcast]:
    """Return the query of the show's broadcasts that have not ended."""
    return Broadcast.objects.for_brand(show.brand_id).filter(show=show, ended_at__isnull=True)
