"""The verb of a show's way in by SRT: a port of its own, for as long as the show wants it."""

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Conflict
from showfloor.media import services as media
from showfloor.shows.models import Show, ShowState
from showfloor.shows.services.locking import lock
from showfloor.timeline import services as timeline

FREED_AT_ONCE = 1000


@timeline.verb
def set_srt(show: Show, is_wanted: bool, ports: tuple[int, int]) -> None:
    """Have the show's encoder send by SRT, or no longer. `ports`: the first and the last one.
    Conflict when the show has ended, or when no port is free."""
    with timeline.write():
        locked = lock(show)
        if not is_wanted:
            media.free_srt_ports([locked.channel_id])
            return
        if locked.state == ShowState.ENDED:
            raise Conflict(_("The show has ended."), code="show-ended")
        ended = Show.objects.all_brands().filter(
            state=ShowState.ENDED, channel__srt_port__isnull=False
        )
        media.free_srt_ports(list(ended.values_list("channel_id", flat=True)[:FREED_AT_ONCE]))
        if media.take_srt_port(locked.channel, *ports) is None:
            raise Conflict(_("All ports for SRT are taken by other shows."), code="srt-ports")
