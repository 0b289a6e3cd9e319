"""The ingest of shows: admits publishers by stream key, and makes their media follow the show."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Final, override

from showfloor.accounts.database_threads import Database
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.settings import Settings
from showfloor.media import leases, source_role
from showfloor.media import services as media
from showfloor.media.diagnostics import latest
from showfloor.media.diagnostics.findings import Finding
from showfloor.media.encoding import capacity
from showfloor.media.encoding.broadcast import BroadcastSettings, LiveChannel, Switch
from showfloor.media.encoding.capacity import Encoding
from showfloor.media.encoding.failover import FailoverLimits
from showfloor.media.encoding.idle_cores import IdleCores
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.hls.origin import LiveStream
from showfloor.media.listening.listening import Listening
from showfloor.media.listening.ports import ListeningTools
from showfloor.media.ports import Cause, Encoder, Ingest, MediaSink, PublishRejected, PublishRequest
from showfloor.media.restream.restreams import Restreams, RestreamTools
from showfloor.media.source_role import SourceRole
from showfloor.shows import services as shows
from showfloor.shows import stream_health
from showfloor.shows.directory import ShowDirectory, ShowInfo
from showfloor.shows.ingest import rules
from showfloor.shows.ingest.channel_leases import ChannelLeases
from showfloor.shows.ingest.picture_report import PictureReport
from showfloor.shows.ingest.publisher import Publisher
from showfloor.shows.ingest.rejection_notes import RejectionNotes
from showfloor.shows.ingest.reporter import RETRY_PAUSES_S, STOP_WITHIN_S, BroadcastReporter
from showfloor.shows.ingest.show_sources import ShowSources
from showfloor.shows.ingest.slate_holds import SlateHolds
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
    leases; `look_every_s`: between two looks at the shows, of which nobody may have told. The
    others: see `reporter`."""

    takeover_within_s: float = 5.0
    gone_within_s: float = 10.0
    stop_within_s: float = STOP_WITHIN_S
    retry_pauses_s: tuple[float, ...] = field(default=RETRY_PAUSES_S)
    renew_every_s: float = leases.RENEW_EVERY_S
    look_every_s: float = 2.0


class ShowIngest(Ingest):
    """One primary and one backup at a time for each show. Belongs to the event loop."""

    def __init__(
        self, settings: Settings, database: Database, directory: ShowDirectory,
        streams: LiveStreamRegistry, bus: Bus, new_encoder: Callable[[], Encoder],
        times: IngestTimes | None = None, *, owner: str, restream_tools: RestreamTools,
        listening_tools: ListeningTools | None = None,
        new_even_encoder: Callable[[], Encoder] | None = None,
    ) -> None:  # fmt: skip
        """`owner`: this process's name in the leases of channels; `settings.own_url` stands beside
        it. `new_even_encoder`: the encoder of shows whose loudness is evened."""
        self._new_even_encoder = new_even_encoder or new_encoder
        self._restream_tools = restream_tools
        self._listening_tools = listening_tools
        self._settings = settings
        self._cores = capacity.cores()
        self._idle_cores = IdleCores(self._cores, monotonic)
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
        self._shows: dict[str, ShowSources] = {}  # those with a publisher, by channel
        self._slates = SlateHolds(restream_tools.slate_s, self._let_go)
        self._owner = owner
        self._leases = ChannelLeases(database, owner, self._shows.__contains__, settings.own_url)
        self._channels: dict[str, LiveChannel] = {}  # that have a source or a reader
        self._changed: set[str] = set()  # timelines of shows with a publisher, to look at again
        self._woken = asyncio.Event()
        self._rotations = 0
        self._rotated: dict[str, int] = {}  # channel: the number of its last rotation
        self._stopping = False
        self._unsubscribe: Callable[[], None] = lambda: None

    @property
    def broadcasts(self) -> int:
        return len(self._shows)

    @property
    def _publishers(self) -> list[Publisher]:
        return [publisher for sources in self._shows.values() for publisher in sources.all]

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._unsubscribe = self._bus.subscribe(
            lambda wake: loop.call_soon_threadsafe(self._show_changed, wake.timeline_id)
        )
        self._reporting = asyncio.create_task(self._report_all_the_time())
        self._following = asyncio.create_task(self._follow_all_the_time())
        self._renewing = asyncio.create_task(self._renew_all_the_time())
        self._looking = asyncio.create_task(self._look_all_the_time())

    async def stop(self) -> None:
        """Admit nobody any more, cut all publishers, and wait until their media is kept and their
        shows are told."""
        self._stopping = True
        self._unsubscribe()
        self._reporting.cancel()
        self._following.cancel()
        self._renewing.cancel()
        self._looking.cancel()
        for sources in self._slates.all:
            self._slates.end(sources.show.channel_id)
        leaving = self._publishers
        for publisher in leaving:
            publisher.session.kick(PublishRejected("failed", STOPPING))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._times.gone_within_s):
                for publisher in leaving:
                    await publisher.gone.wait()
        for publisher in leaving:
            publisher.picture.lost()  # also of one that is late: the database is next to stop
        await self._reporter.stop()
        await self._leases.stop()

    @override
    async def open(self, request: PublishRequest) -> MediaSink:
        """Return a sink for the show of this key, or raise PublishRejected, before any media."""
        if self._stopping:
            raise PublishRejected("failed", STOPPING)
        rotations = self._rotations
        key, role = source_role.of_key(request.key)
        channel = await self._database.run(media.find_channel_by_key, key)
        if channel is None:
            await self._notes.wrong_key(replace(request, key=key))
            raise PublishRejected("unauthorized", "This stream key is not valid.")
        try:
            return await self._open(request, channel.pk, role, rotations)
        except PublishRejected as rejection:
            self._notes.rejected(channel.pk, request, rejection)
            raise

    async def _open(
        self, request: PublishRequest, channel_id: str, role: SourceRole, rotations: int
    ) -> MediaSink:
        show = await self._directory.by_channel(channel_id)
        rules.check_state(show.state if show else None)
        rules.check_address(show.slug if show else "", request.show)
        assert show is not None
        await self._free_the_place(show, role)
        brings_ladder = source_role.brings_ladder(request.key)
        self._check_capacity(show, () if brings_ladder else None)
        if show.channel_id not in self._shows and await self._leases.was_elsewhere(show.channel_id):
            self._slates.end(show.channel_id)
            await self._streams.forget(show.channel_id)
        try:
            stream = await self._streams.open(show.channel_id)
        except ShowfloorError as error:
            raise PublishRejected("limit", error.message, cause=Cause.LIMIT) from error
        if not await self._leases.take(show.channel_id):
            raise PublishRejected("busy", rules.TAKEN, cause=Cause.BUSY)
        try:
            self._check_again(show, role, rotations)
        except PublishRejected:
            self._leases.release(show.channel_id)
            raise
        stream.set_public(show.state == ShowState.LIVE)
        session = self._session(show, stream, request, role, brings_ladder=brings_ladder)
        for timeline_id in (show.timeline_id, show.backstage_id):
            self._show_changed(timeline_id)  # it may have started or ended meanwhile
        return session

    def _check_capacity(self, show: ShowInfo, encoding: Encoding) -> None:
        """Raise PublishRejected where there is no room for what this publisher has encoded; a
        show's second publisher needs none."""
        if show.channel_id in self._shows:
            return
        rules.check_capacity(
            show.state, broadcasts=self.broadcasts,
            broadcasts_max=self._settings.broadcasts_max, room=self._room(encoding),
            is_behind=any(finding.code == BEHIND for _slug, finding in self.findings()),
        )  # fmt: skip

    def _room(self, one_more: Encoding, without: ShowSources | None = None) -> capacity.Room:
        encoding = [one.encoding for one in self._shows.values() if one is not without]
        return capacity.room(self._settings, self._cores, encoding, one_more)

    def _judge_ladders(self) -> None:
        """Cut publishers that were let in because they send all rungs, and do not, where there is
        no room for what they have encoded. Each is judged once: later a show has its viewers."""
        for channel_id, sources in self._shows.items():
            encoding = sources.live.encoder.encoding
            if not sources.brings_ladder or encoding is None:
                continue
            sources.brings_ladder = False
            room = self._room(encoding, without=sources)
            if encoding and not self._settings.broadcasts_max and not room.fits:
                self._kick(channel_id, rules.no_room(str(room)))

    def _publisher(self, channel_id: str, role: SourceRole) -> Publisher | None:
        sources = self._shows.get(channel_id)
        return sources.publishers.get(role) if sources is not None else None

    def _check_again(self, show: ShowInfo, role: SourceRole, rotations: int) -> None:
        """Raise PublishRejected for what has changed since the admission began."""
        if self._publisher(show.channel_id, role) is not None:  # another one was faster meanwhile
            raise PublishRejected("busy", rules.TAKEN, cause=Cause.BUSY)
        if self._rotated.get(show.channel_id, 0) > rotations:  # there was no publisher to cut yet
            told = "This stream key is not valid."
            raise PublishRejected("unauthorized", told, cause=Cause.OLD_KEY)
        if self._stopping:
            raise PublishRejected("failed", STOPPING)

    def _session(
        self, show: ShowInfo, stream: LiveStream, request: PublishRequest, role: SourceRole,
        *, brings_ladder: bool,
    ) -> MediaSink:  # fmt: skip
        sources = self._shows.get(show.channel_id) or self._held(show)
        if sources is None:
            picture = PictureReport(show.show_id, self._reporter.of_channel(show.channel_id))
            live = self._channel(show, stream)
            restreams = Restreams(live.hub, self._restream_tools)
            sources = ShowSources(show, live, picture, restreams)
            if (tools := self._listening_tools) is not None:
                sources.listening = Listening(show.channel_id, live.hub, tools)
        if not sources.publishers:
            sources.brings_ladder = brings_ladder
        self._shows[show.channel_id] = sources
        publisher = Publisher(show, stream, request, self._notes, role, sources.picture, self._left)
        publisher.session = sources.live.open(publisher, encoder_name=request.encoder, role=role)
        sources.add(publisher)
        stream.held = True
        log.info("broadcast_accepted show=%s encoder=%r role=%s", show.slug, request.encoder, role)
        return publisher.session

    def _held(self, show: ShowInfo) -> ShowSources | None:
        """Return what a slate has kept of the show, for its encoder that is back."""
        sources = self._slates.take(show.channel_id)
        if sources is None or sources.show.evens_loudness == show.evens_loudness:
            return sources
        self._let_go(sources)  # another encoder is wanted
        return None

    def _channel(self, show: ShowInfo, stream: LiveStream) -> LiveChannel:
        """Return the channel's hub, which stands as long as something uses it."""
        channel = self._channels.get(stream.id)
        if channel is None:
            settings = BroadcastSettings(
                ladder=self._settings.ladder,
                max_fps=self._settings.max_fps,
                passes_top_rung=self._settings.pass_top_rung,
                ingest_silence_s=self._settings.ingest_silence_s,
                failover=_failover_limits(self._settings),
                encoder_cost=capacity.cost_of(self._settings),
                take_idle_cores=self._idle_cores.take,
            )
            new_encoder = self._new_even_encoder if show.evens_loudness else self._new_encoder
            channel = LiveChannel(
                stream, new_encoder, settings, on_switch=partial(self._switched, show)
            )
            self._channels[stream.id] = channel
        return channel

    def _switched(self, show: ShowInfo, switch: Switch) -> None:
        """Write down, for the people of the show, that another source is on air."""
        report = self._reporter.of_channel(show.channel_id)
        report(partial(shows.source_switched, show.show_id, switch.role, switch.reason))
        self._report_health()

    async def _report_all_the_time(self) -> None:
        while True:
            self._judge_ladders()
            self._report_health()
            await asyncio.sleep(latest.REPORT_EVERY_S)

    async def _renew_all_the_time(self) -> None:
        while True:
            await asyncio.sleep(self._times.renew_every_s)
            for channel_id in await self._leases.renew(list(self._shows)):
                log.warning("lease_lost channel=%s", channel_id)
                if (sources := self._shows.get(channel_id)) is not None:
                    sources.destinations = ()  # they are the other process's, too
                    sources.restreams.apply(())
                self._kick(channel_id, PublishRejected("busy", TAKEN_OVER, cause=Cause.BUSY))

    async def _look_all_the_time(self) -> None:
        """Look at the shows also where no notice comes: a command in another process beside SQLite
        has no link to this one."""
        while True:
            await asyncio.sleep(self._times.look_every_s)
            for sources in [*self._shows.values(), *self._slates.all]:
                self._show_changed(sources.show.timeline_id)
                self._show_changed(sources.show.backstage_id)

    def _kick(self, channel_id: str, reason: PublishRejected) -> None:
        sources = self._shows.get(channel_id)
        for publisher in sources.all if sources is not None else ():
            publisher.session.kick(reason)

    def _report_health(self) -> None:
        healths = {
            channel: replace(one.health(), machine=self._owner)
            for channel, one in self._shows.items()
        }
        stream_health.tell(self._bus, healths)
        running = [*self._shows.values(), *self._slates.all]
        stream_health.tell_restreams(
            self._bus, {one.show.channel_id: one.restreams.statuses() for one in running}
        )

    def findings(self) -> list[tuple[str, Finding]]:
        """Return the findings about all broadcasts, each with its show's slug."""
        return [
            (sources.show.slug, finding)
            for sources in self._shows.values()
            for finding in sources.health().findings
        ]

    def _left(self, publisher: Publisher) -> None:
        channel_id = publisher.show.channel_id
        if self._publisher(channel_id, publisher.role) is not publisher:
            return
        sources = self._shows[channel_id]
        del sources.publishers[publisher.role]
        if not sources.publishers:
            del self._shows[channel_id]
            if self._stopping or not self._slates.hold(sources):
                self._let_go(sources)
            self._leases.release(channel_id)
            sources.picture.lost()
        self._report_health()

    def _let_go(self, sources: ShowSources) -> None:
        """Close a show's hub: nothing comes, and nothing is waited for."""
        stream = sources.live.stream
        stream.held = False
        if sources.live.is_unused:
            del self._channels[stream.id]
            sources.live.close()

    async def _free_the_place(self, show: ShowInfo, role: SourceRole) -> None:
        """Reject a second publisher of this role, take over from a silent one, and wait for the
        last pictures of one that has left: a producer may stop her encoder and start it again at
        once."""
        current = self._publisher(show.channel_id, role)
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
        known = [*self._shows.values(), *self._slates.all]
        if any(one.show.has_timeline(timeline_id) for one in known):
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
        """Apply the start and the end of a show, and the choice of its source, to its media at
        once."""
        for channel_id, sources in list(self._shows.items()):
            if sources.show.has_timeline(timeline_id):
                show = await self._directory.by_timeline(sources.show.timeline_id)
                if show is None:
                    continue
                if show.state == ShowState.ENDED:
                    sources.live.stream.end()
                    self._kick(channel_id, PublishRejected("unauthorized", "This show has ended."))
                else:
                    sources.live.stream.set_public(show.state == ShowState.LIVE)
                if timeline_id == show.backstage_id:
                    await self._follow_producer(sources, channel_id)
                sources.apply(is_live=show.state == ShowState.LIVE)
        for sources in self._slates.all:
            if sources.show.has_timeline(timeline_id):
                await self._follow_slate(sources)

    async def _follow_slate(self, sources: ShowSources) -> None:
        """End a slate with its show, and where another process has the encoder."""
        channel_id = sources.show.channel_id
        show = await self._directory.by_timeline(sources.show.timeline_id)
        is_live = show is not None and show.state == ShowState.LIVE
        if not is_live or await self._leases.was_elsewhere(channel_id):
            self._slates.end(channel_id)
            return
        sources.destinations = await self._database.run(self._restream_tools.wanted, channel_id)
        if sources in self._slates.all:  # its encoder is not back meanwhile
            sources.restreams.apply(sources.destinations)

    async def _follow_producer(self, sources: ShowSources, channel_id: str) -> None:
        """Read what the people of the show have chosen for its sources and its restreams."""
        sources.live.choose(await self._database.run(media.chosen_source, channel_id))
        sources.destinations = await self._database.run(self._restream_tools.wanted, channel_id)
        if self._listening_tools is not None:
            wanted = self._listening_tools.wanted
            sources.language = await self._database.run(wanted, channel_id)

    def note_wrong_passphrase(self, channel_id: str, remote: str) -> None:
        """Tell the people of the show of an encoder that could not prove its right by SRT."""
        rejection = PublishRejected("unauthorized", "", cause=Cause.NOT_PROVEN)
        self._notes.rejected(channel_id, PublishRequest("srt", "", "SRT", remote), rejection)

    def kick_channel(self, channel_id: str) -> None:
        """Cut the channel's publishers, because the stream key was rotated."""
        self._rotations += 1
        self._rotated[channel_id] = self._rotations
        told = "This stream key is not valid any more."
        self._kick(channel_id, PublishRejected("unauthorized", told, cause=Cause.OLD_KEY))


def _failover_limits(settings: Settings) -> FailoverLimits:
    return FailoverLimits(
        settings.failover_loss_s, settings.failover_black_s, settings.failover_still_s,
        settings.failover_silence_s, settings.failover_return_s,
    )  # fmt: skip
