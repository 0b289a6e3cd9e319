"""The reads of restreams: for the process that sends, and for the people of a show."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from showfloor.accounts.sealing import CannotOpen
from showfloor.media.diagnostics import latest
from showfloor.media.diagnostics.restream_status import RestreamState, RestreamStatus
from showfloor.media.restream.ports import Destination
from showfloor.media.rtmp.target import parse_target
from showfloor.restreams.models import Restream, RestreamDestination
from showfloor.restreams.services import DESTINATIONS_MAX, RUNNING_MAX, key_of
from showfloor.shows.models import Show


@dataclass(frozen=True, slots=True)
class RestreamRow:
    """A destination beside a show. `host`: its server; the key is never shown. `status` is None
    while it is not wanted."""

    destination_id: str
    name: str
    host: str
    is_wanted: bool
    status: RestreamStatus | None


def wanted(channel_id: str) -> list[Destination]:
    """Return the destinations of the show with this channel, each with its key."""
    rows = Restream.objects.all_brands().filter(show__channel_id=channel_id)
    found = rows.select_related("destination").order_by("pk")[:RUNNING_MAX]
    return [_destination(row.destination) for row in found]


def of_show(show: Show) -> list[RestreamRow]:
    """Return all destinations of the show's brand, as they are for this show."""
    rows = Restream.objects.for_brand(show.brand_id).filter(show=show)
    chosen = set(rows.values_list("destination_id", flat=True))
    running = {one.destination_id: one for one in latest.restreams(show.channel_id)}
    found = RestreamDestination.objects.for_brand(show.brand_id)[:DESTINATIONS_MAX]
    return [_shown(one, one.pk in chosen, running.get(one.pk)) for one in found]


def _shown(
    destination: RestreamDestination, is_wanted: bool, status: RestreamStatus | None
) -> RestreamRow:
    waiting = RestreamStatus(destination.pk, RestreamState.WAITING)
    return RestreamRow(
        destination.pk, destination.name, urlsplit(destination.address).hostname or "",
        is_wanted, (status or waiting) if is_wanted else None,
    )  # fmt: skip


def _destination(row: RestreamDestination) -> Destination:
    try:
        return Destination(row.pk, parse_target(row.address, key_of(row)))
    except CannotOpen:
        return Destination(row.pk, None)
