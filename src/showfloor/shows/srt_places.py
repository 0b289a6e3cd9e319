"""The places of shows whose encoders send by SRT."""

from showfloor.media import services as media
from showfloor.media.srt.ports import SrtPlace
from showfloor.shows.models import Show, ShowState

PLACES_MAX = 1000


def srt_places() -> list[SrtPlace]:
    """Return a place for each show that wants one and has not ended."""
    shows = Show.objects.all_brands().filter(channel__srt_port__isnull=False)
    shows = shows.exclude(state=ShowState.ENDED).select_related("channel")[:PLACES_MAX]
    places = []
    for show in shows:
        key = media.stream_key(show.channel)
        passphrase = media.srt_passphrase(show.channel)
        port = show.channel.srt_port
        if key is not None and passphrase is not None and port is not None:
            places.append(SrtPlace(show.channel_id, port, key, passphrase))
    return places
