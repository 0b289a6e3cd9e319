"""The ingest of shows: admits publishers by stream key, and makes their media follow the show."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, override

from showfloor.accounts.database_threads import Database
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.settings import Settings
from showfloor.media import leases
from showfloor.media import services as media
from showfloor.media.diagnostics import latest
from showfloor.media.diagnostics.findings import Finding
from showfloor.media.encoding import capacity
from showfloor.media.encoding.broadcast import BroadcastSettings, LiveChannel
from showfloor.media.hls.origin import LiveStream, LiveStreamRegistry
from showfloor.media.ports import Cause, Encoder, Ingest, MediaSink, PublishRejected, PublishRequest
from showfloor.shows import stream_health
from showfloor.shows.directory import ShowDirectory, ShowInfo
from showfloor.shows.ingest import rules
from showfloor.shows.ingest.channel_leases import ChannelLeases
from showfloor.shows.ingest.publisher import Publisher
from showfloor.shows.ingest.rejection_notes import RejectionNotes
from showfloor.shows.ingest.reporter import RETRY_PAUSES_S, STOP_WITHIN_S, BroadcastReporter
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus

log = logging.getLogger(__name__)

STOPPING: Final = "The server stops. Connect again."
TAKEN_OVER: Final = "Another server takes this show now."
BEHIND: Final = "encoding-behind"


@dataclass(frozen=True, slots=True)
class IngestTimes:
    """`takeover_within_s`: for a silent publisher to give way. `gone_within_s`: at a stop, for
    encoders to give what they still have, or to be killed. `renew_every_s`: between two renewals of
    leases. The others: see `reporter`."""

    takeover_within_s: float = 5.0
    gone_within_s: float = 10.0
    stop_within_s: float = STOP_WITHIN_S
    retry_pauses_s: tuple[float, ...] = field(default=RETRY_PAUSES_S)
    renew_every_s: float = leases.RENEW_EVERY_S


class ShowIngest(Ingest):
    """One publisher at a time for each show. Belongs to the event loop."""

    def __init__(
        self, settings: Settings, database: Database, directory: ShowDirectory,
        streams: LiveStreamRegistry, bus: Bus, new_encoder: Callable[[], Encoder],
        times: IngestTimes | None = None, *, owner: str,
    ) -> None:  # fmt: skip
        """`owner`: this process's name in the leases of channels."""
        self._settings = settings
        self._broadcasts_max = capacity.broadcasts_max(settings, capacity.cores())
        self._database = database
        self._directory = directory
        self._streams = streams
        self._bus = bus
        self._new_encoder = new_encoder
        self._times = times or IngestTimes()
        self._notes = RejectionNotes(database, bus)
        self._reporter = BroadcastReporter(
            database, retry_pauses_s=self._times.retry_pauses_s,
            stop_within_s=self._times.stop_within_s,
        )  # fmt: skip
        self._publishers: dict[str, Publisher] = {}  # by channel
        self._leases = ChannelLeases(database, owner, self._publishers.__contains__)
        self._channels: dict[str, LiveChannel] = {}  # that have a source or a reader
        self._changed: set[str] = set()  # timelines of shows with a publisher, to look at again
        self._woken = asyncio.Event()
        self._rotations = 0
        self._rotated: dict[str, int] = {}  # channel: the number of its last rotation
        self._stopping = False
        self._unsubscribe: Callable[[], None] = lambda: None

    @property
    def broadcasts(self) -> int:
        return len(self._publishers)

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._unsubscribe = self._bus.subscribe(
            lambda wake: loop.call_soon_threadsafe(self._show_changed, wake.timeline_id)
        )
        self._reporting = asyncio.create_task(self._report_all_the_time())
        self._following = asyncio.create_task(self._follow_all_the_time())
        self._renewing = asyncio.create_task(self._renew_all_the_time())

    async def stop(self) -> None:
        """Admit nobody any more, cut all publishers, and wait until their media is kept and their
        shows are told."""
        self._stopping = True
        self._unsubscribe()
        self._reporting.cancel()
        self._following.cancel()
        self._renewing.cancel()
        leaving = list(self._publishers.values())
        for publisher in leaving:
            publisher.session.kick(PublishRejected("failed", STOPPING))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._times.gone_within_s):
                for publisher in leaving:
                    await publisher.gone.wait()
        for publisher in leaving:
            publisher.report_lost()  # also of one that is late: the database is next to stop
        await self._reporter.stop()
        await self._leases.stop()

    @override
    async def open(self, request: PublishRequest) -> MediaSink:
        """Return a sink for the show of this key, or raise PublishRejected, before any media."""
        if self._stopping:
            raise PublishRejected("failed", STOPPING)
        rotations = self._rotations
        channel = await self._database.run(media.find_channel_by_key, request.key)
        if channel is None:
            await self._notes.wrong_key(request)
            raise PublishRejected("unauthorized", "This stream key is not valid.")
        try:
            return await self._open(request, channel.pk, rotations)
        except PublishRejected as rejection:
            self._notes.rejected(channel.pk, request, rejection)
            raise

    async def _open(self, request: PublishRequest, channel_id: str, rotations: int) -> MediaSink:
        show = await self._directory.by_channel(channel_id)
        rules.check_state(show.state if show else None)
        rules.check_address(show.slug if show else "", request.show)
        assert show is not None
        await self._free_the_channel(show)
        rules.check_capacity(
            show.state, broadcasts=self.broadcasts, broadcasts_max=self._broadcasts_max,
            is_limit_set=bool(self._settings.broadcasts_max),
            is_behind=any(finding.code == BEHIND for _slug, finding in self.findings()),
        )  # fmt: skip
        try:
            stream = await self._streams.open(show.channel_id)
        except ShowfloorError as error:
            raise PublishRejected("limit", error.message, cause=Cause.LIMIT) from error
        if not await self._leases.take(show.channel_id):
            raise PublishRejected("busy", rules.TAKEN, cause=Cause.BUSY)
        try:
            self._check_again(show, rotations)
        except PublishRejected:
            self._leases.release(show.channel_id)
            raise
        stream.set_public(show.state == ShowState.LIVE)
        session = self._session(show, stream, request)
        self._show_changed(show.timeline_id)  # it may have started or ended meanwhile
        return session

    def _check_again(self, show: ShowInfo, rotations: int) -> None:
        """Raise PublishRejected for what has changed since the admission began."""
        if show.channel_id in self._publishers:  # another one was faster meanwhile
            raise PublishRejected("busy", rules.TAKEN, cause=Cause.BUSY)
        if self._rotated.get(show.channel_id, 0) > rotations:  # there was no publisher to cut yet
            told = "This stream key is not valid."
            raise PublishRejected("unauthorized", told, cause=Cause.OLD_KEY)
        if self._stopping:
            raise PublishRejected("failed", STOPPING)

    def _session(self, show: ShowInfo, stream: LiveStream, request: PublishRequest) -> MediaSink:
        report = self._reporter.of_channel(show.channel_id)
        publisher = Publisher(show, stream, request, self._notes, report, self._left)
        publisher.session = self._channel(stream).open(publisher, encoder_name=request.encoder)
        self._publishers[show.channel_id] = publisher
        stream.held = True
        log.info("broadcast_accepted show=%s encoder=%r", show.slug, request.encoder)
        return publisher.session

    def _channel(self, stream: LiveStream) -> LiveChannel:
        """Return the channel's hub, which stands as long as something uses it."""
        channel = self._channels.get(stream.id)
        if channel is None:
            settings = BroadcastSettings(
                ladder=self._settings.ladder,
                max_fps=self._settings.max_fps,
                ingest_silence_s=self._settings.ingest_silence_s,
            )
            channel = LiveChannel(stream, self._new_encoder, settings)
            self._channels[stream.id] = channel
        return channel

    async def _report_all_the_time(self) -> None:
        while True:
            self._report_health()
            await asyncio.sleep(latest.REPORT_EVERY_S)

    async def _renew_all_the_time(self) -> None:
        while True:
            await asyncio.sleep(self._times.renew_every_s)
            for channel_id in await self._leases.renew(list(self._publishers)):
                publisher = self._publishers.get(channel_id)
                if publisher is not None:
                    log.warning("lease_lost show=%s", publisher.show.slug)
                    publisher.session.kick(PublishRejected("busy", TAKEN_OVER, cause=Cause.BUSY))

    def _report_health(self) -> None:
        stream_health.tell(
            self._bus, {channel: one.health() for channel, one in self._publishers.items()}
        )

    def findings(self) -> list[tuple[str, Finding]]:
        """Return the findings about all broadcasts, each with its show's slug."""
        return [
            (publisher.show.slug, finding)
            for publisher in self._publishers.values()
            for finding in publisher.health().findings
        ]

    def _left(self, publisher: Publisher) -> None:
        if self._publishers.get(publisher.show.channel_id) is publisher:
            del self._publishers[publisher.show.channel_id]
            publisher.stream.held = False
            self._release_channel(publisher.stream)
            self._leases.release(publisher.show.channel_id)
            self._report_health()

    def _release_channel(self, stream: LiveStream) -> None:
        channel = self._channels[stream.id]
        if channel.is_unused:
            del self._channels[stream.id]
            channel.close()

    async def _free_the_channel(self, show: ShowInfo) -> None:
        """Reject a second publisher, take over from a silent one, and wait for the last pictures
        of one that has left: a producer may stop her encoder and start it again at once."""
        current = self._publishers.get(show.channel_id)
        if current is None:
            return
        session, silence_s = current.session, self._settings.ingest_silence_s
        if not session.is_closing and not rules.is_silent(session.health(), utc_now(), silence_s):
            raise PublishRejected("busy", rules.TAKEN, cause=Cause.BUSY)
        session.kick(PublishRejected("busy", "Another encoder has taken over."))
        try:
            async with asyncio.timeout(self._times.takeover_within_s):
                await current.gone.wait()
        except TimeoutError:
            told = "Another encoder is still being let go. Try again."
            raise PublishRejected("busy", told) from None

    def _show_changed(self, timeline_id: str) -> None:
        if any(one.show.timeline_id == timeline_id for one in self._publishers.values()):
            self._changed.add(timeline_id)
            self._woken.set()

    async def _follow_all_the_time(self) -> None:
        """Look at changed shows, one look after the other.

        So a state that was read before a change is never applied after it, and a busy chat costs
        one look at a time.
        """
        while True:
            await self._woken.wait()
            self._woken.clear()
            changed, self._changed = self._changed, set()
            for timeline_id in changed:
                try:
                    await self._follow(timeline_id)
                except Exception:  # the loop outlives a database that does not answer
                    log.exception("show_not_followed timeline=%s", timeline_id)
                    await asyncio.sleep(self._times.retry_pauses_s[0])
                    self._show_changed(timeline_id)

    async def _follow(self, timeline_id: str) -> None:
        """Apply the start and the end of a show to its media at once."""
        for publisher in list(self._publishers.values()):
            if publisher.show.timeline_id == timeline_id:
                show = await self._directory.by_timeline(timeline_id)
                if show is None:
                    continue
                if show.state == ShowState.ENDED:
                    publisher.stream.end()
                    publisher.session.kick(PublishRejected("unauthorized", "This show has ended."))
                else:
                    publisher.stream.set_public(show.state == ShowState.LIVE)

    def kick_channel(self, channel_id: str) -> None:
        """Cut the channel's publisher, because the stream key was rotated."""
        self._rotations += 1
        self._rotated[channel_id] = self._rotations
        publisher = self._publishers.get(channel_id)
        if publisher is not None:
            told = "This stream key is not valid any more."
            publisher.session.kick(PublishRejected("unauthorized", told, cause=Cause.OLD_KEY))
