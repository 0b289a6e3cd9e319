"""An ingest whose database and directory answer from the test, with one show."""

from typing import override

from showfloor.accounts.database_threads import Database
from showfloor.kernel.settings import Settings
from showfloor.media.encoding.broadcast import BroadcastListener, BroadcastSession
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.ports import Encoder, MediaSink, PublishRequest
from showfloor.media.restream.ports import Destination, SoundConverter
from showfloor.media.restream.restreams import RestreamTools
from showfloor.media.restream.slate import Slate, SlateFormat
from showfloor.media.rtmp.publisher import Dialer
from showfloor.shows.directory import ShowDirectory, ShowInfo
from showfloor.shows.ingest.service import IngestTimes, ShowIngest
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus

SHOW = ShowInfo(
    "show", "evening", "brand", "timeline", "backstage", "channel", ShowState.SCHEDULED, True
)
REQUEST = PublishRequest(app="live", key="key", encoder="OBS 31", remote="192.0.2.7:5000")


class OneShow(ShowDirectory):
    """Every channel and timeline is the show's."""

    admitted = SHOW  # as an admission finds it
    show = SHOW  # as a later look finds it

    @override
    async def by_channel(self, channel_id: str) -> ShowInfo | None:
        return self.admitted

    @override
    async def by_timeline(self, timeline_id: str) -> ShowInfo | None:
        return self.show


def make_ingest(
    settings: Settings,
    database: Database,
    streams: LiveStreamRegistry,
    *,
    directory: OneShow | None = None,
    times: IngestTimes | None = None,
    kind: type[ShowIngest] = ShowIngest,
) -> ShowIngest:
    bus = Bus()
    directory = directory or OneShow(database, bus)
    return kind(
        settings, database, directory, streams, bus, _no_encoder, times, owner="here",
        restream_tools=RestreamTools(
            Dialer().dial, _no_converter, nowhere, _no_slate, slate_s=60
        ),
    )  # fmt: skip


def nowhere(channel_id: str) -> list[Destination]:
    """Return the destinations of a show that is sent nowhere else."""
    return []


def _no_converter() -> SoundConverter:
    raise AssertionError("nothing is sent on")


async def _no_slate(channel_id: str, form: SlateFormat) -> Slate:
    raise AssertionError("nothing is sent on")


def publisher(sink: MediaSink) -> BroadcastListener:
    """Return what hears of the sink's broadcast, for a test to tell it itself."""
    assert isinstance(sink, BroadcastSession)
    return sink.listener


def _no_encoder() -> Encoder:
    raise AssertionError("these publishers send nothing to encode")
