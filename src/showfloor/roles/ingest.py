"""Who may publish into which show, and what a publisher's coming and going means for the show."""

import asyncio
import functools
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from weakref import WeakValueDictionary

from showfloor.accounts.signer import network_hasher
from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.settings import Settings
from showfloor.media import services as media_services
from showfloor.media.diagnostics import latest, rejections, rules
from showfloor.media.diagnostics.findings import Finding, worst_first
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.diagnostics.rejections import Cause
from showfloor.media.encoding import capacity
from showfloor.media.encoding.broadcast import BroadcastSession, BroadcastSettings
from showfloor.media.encoding.segmenter import SEGMENT_S
from showfloor.media.hls.origin import LiveStream, LiveStreamRegistry
from showfloor.media.ports import MediaSink, PublishRejected, PublishRequest
from showfloor.roles import health as stream_health
from showfloor.roles.database import Database
from showfloor.roles.directory import ShowDirectory, ShowInfo
from showfloor.shows import services as shows
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus

log = logging.getLogger(__name__)

TAKEOVER_WITHIN_S = 5.0
GONE_WITHIN_S = 10.0  # at a stop: for encoders to give what they still have, or to be killed
TOLD_WITHIN_S = 5.0  # at a stop: for the database to take that the broadcasts are lost
STOPPING = "The server stops. Connect again."
BEHIND = "encoding-behind"
_TAKEN = "Another encoder is already sending to this show."
TRY_AGAIN_AFTER_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # when the database does not answer


class ShowIngest:
    """`media.ports.Ingest` over the shows: one publisher at a time for each."""

    def __init__(
        self, settings: Settings, database: Database, directory: ShowDirectory,
        channels: LiveStreamRegistry, bus: Bus,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._broadcasts_max = capacity.broadcasts_max(settings, capacity.cores())
        self._database = database
        self._directory = directory
        self._channels = channels
        self._bus = bus
        self._on_air: dict[str, _OnAir] = {}  # by channel
        # What a channel's publishers do is told to the show in the order in which they did it.
        self._orders = WeakValueDictionary[str, asyncio.Lock]()
        self._changed: set[str] = set()  # timelines of shows on air to look at again
        self._woken = asyncio.Event()
        self._rotations = 0
        self._rotated: dict[str, int] = {}  # channel: the rotation that was its last
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = self._stopped = False
        self._unsubscribe: Callable[[], None] = lambda: None

    @property
    def broadcasts(self) -> int:
        return len(self._on_air)

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._unsubscribe = self._bus.subscribe(
            lambda wake: loop.call_soon_threadsafe(self._show_changed, wake.timeline_id)
        )
        self._reporting = asyncio.create_task(self._report_all_the_time())
        self._following = asyncio.create_task(self._follow_all_the_time())

    async def stop(self) -> None:
        """Let nobody in any more, cut all publishers, and wait until what they sent is kept and
        their shows are told."""
        self._stopping = True
        self._unsubscribe()
        self._reporting.cancel()
        self._following.cancel()
        leaving = list(self._on_air.values())
        for on_air in leaving:
            on_air.session.kick(PublishRejected("failed", STOPPING))
        with suppress(TimeoutError):
            async with asyncio.timeout(GONE_WITHIN_S):
                for on_air in leaving:
                    await on_air.gone.wait()
        for on_air in leaving:
            on_air.tell_lost()  # also of one that is not through yet: the database is next to stop
        self._stopped = True
        # What is told of a publisher's end is begun only by now.
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=TOLD_WITHIN_S)
            for task in late:
                task.cancel()
            if late:
                log.warning("shows_not_told count=%d: told at the next start", len(late))
                await asyncio.wait(late)

    async def open(self, request: PublishRequest) -> MediaSink:
        """Return a sink for the show of this key, or raise PublishRejected, before any media."""
        if self._stopping:
            raise PublishRejected("failed", STOPPING)
        rotations = self._rotations
        channel_row = await self._database.run(media_services.find_channel_by_key, request.key)
        if channel_row is None:
            await self._note_wrong_key(request)
            raise PublishRejected("unauthorized", "This stream key is not valid.")
        try:
            return await self._open(request, channel_row.pk, rotations)
        except PublishRejected as refusal:
            self._note(rejections.of_channel(channel_row.pk), request, refusal)
            raise

    async def _open(self, request: PublishRequest, channel_id: str, rotations: int) -> MediaSink:
        show = await self._directory.by_channel(channel_id)
        if show is None or show.state == ShowState.ENDED:
            raise PublishRejected("unauthorized", "This show has ended.", cause=Cause.ENDED)
        await self._free_the_channel(show)
        self._check_capacity(show)
        try:
            channel = await self._channels.open(show.channel_id)
        except ShowfloorError as error:
            raise PublishRejected("limit", error.message, cause=Cause.LIMIT) from error
        if show.channel_id in self._on_air:  # someone was faster while we waited
            raise PublishRejected("busy", _TAKEN, cause=Cause.BUSY)
        if self._rotated.get(show.channel_id, 0) > rotations:  # nobody was there to be cut
            raise PublishRejected(
                "unauthorized", "This stream key is not valid.", cause=Cause.OLD_KEY
            )
        if self._stopping:
            raise PublishRejected("failed", STOPPING)
        channel.set_public(show.state == ShowState.LIVE)
        session = self._session(show, channel, request)
        self._show_changed(show.timeline_id)  # it may have started or ended while we waited
        return session

    def _check_capacity(self, show: ShowInfo) -> None:
        """A live show is let in wherever there is a place: its viewers wait. A preview is not, if
        the machine has no breath for what it has."""
        if len(self._on_air) >= self._broadcasts_max:
            told = "This server encodes as many broadcasts as it can."
            raise PublishRejected("limit", told, cause=Cause.LIMIT)
        is_behind = any(finding.code == BEHIND for _slug, finding in self.findings())
        if is_behind and not self._settings.broadcasts_max and show.state != ShowState.LIVE:
            told = "This server is behind with the broadcasts that it has."
            raise PublishRejected("limit", told, cause=Cause.LIMIT)

    def _session(self, show: ShowInfo, channel: LiveStream, request: PublishRequest) -> MediaSink:
        order = self._orders.setdefault(show.channel_id, asyncio.Lock())
        in_order = functools.partial(self._in_order, order)
        on_air = _OnAir(show, channel, request, in_order, self._gone, self._note, self._seen)
        on_air.session = BroadcastSession(
            channel,
            new_encoder=lambda: FfmpegEncoder(self._settings.encoder_preset),
            settings=BroadcastSettings(
                ladder=self._settings.ladder,
                max_fps=self._settings.max_fps,
                ingest_silence_s=self._settings.ingest_silence_s,
            ),
            listener=on_air,
            encoder_name=request.encoder,
            clock=utc_now,
        )
        self._on_air[show.channel_id] = on_air
        channel.held = True
        log.info("broadcast_accepted show=%s encoder=%r", show.slug, request.encoder)
        return on_air.session

    async def _report_all_the_time(self) -> None:
        while True:
            self._report_health()
            await asyncio.sleep(latest.REPORT_EVERY_S)

    def _report_health(self) -> None:
        stream_health.tell(
            self._bus,
            {channel: on_air.health() for channel, on_air in self._on_air.items()},
        )

    def findings(self) -> list[tuple[str, Finding]]:
        """What is wrong with what leaves, by the show's slug."""
        return [
            (on_air.show.slug, finding)
            for on_air in self._on_air.values()
            for finding in on_air.health().findings
        ]

    async def _note_wrong_key(self, request: PublishRequest) -> None:
        """A key that was the show's before a rotation is told to its people; another one to staff
        in the network that it came from."""
        try:
            retired = await self._database.run(media_services.channel_of_retired_key, request.key)
        except Exception:  # a note is not worth an encoder's answer
            log.exception("refusal_not_noted")
            return
        if retired is not None:
            cause, place = Cause.OLD_KEY, rejections.of_channel(retired)
        else:
            network = network_hasher()(request.remote.rpartition(":")[0].strip("[]"))
            cause, place = Cause.UNKNOWN_KEY, rejections.of_network(network)
        self._note(place, request, PublishRejected("unauthorized", "", cause=cause))

    def _note(self, place: str, request: PublishRequest, refusal: PublishRejected) -> None:
        if refusal.cause is not None:
            attempt = rejections.attempt(
                refusal.cause, refusal.detail, request.encoder, request.remote, utc_now()
            )
            stream_health.tell_refused(self._bus, place, attempt)

    def _seen(self, on_air: "_OnAir") -> None:
        stream_health.tell_accepted(self._bus, rejections.of_channel(on_air.show.channel_id))

    def _gone(self, on_air: "_OnAir") -> None:
        if self._on_air.get(on_air.show.channel_id) is on_air:
            del self._on_air[on_air.show.channel_id]
            on_air.channel.held = False
            self._report_health()

    async def _free_the_channel(self, show: ShowInfo) -> None:
        """Refuse a second publisher; take over from one that has gone silent, and wait for the last
        pictures of one that has left: who presses *Start streaming* again is not sent away."""
        current = self._on_air.get(show.channel_id)
        if current is None:
            return
        health = current.session.health()
        silent_s = health.last_frame_age_s
        if silent_s is None:  # no picture yet: it has been silent since it came
            silent_s = (utc_now() - health.since).total_seconds()
        if not current.session.is_closing and silent_s < self._settings.ingest_silence_s / 2:
            raise PublishRejected("busy", _TAKEN, cause=Cause.BUSY)
        current.session.kick(PublishRejected("busy", "Another encoder has taken over."))
        try:
            async with asyncio.timeout(TAKEOVER_WITHIN_S):
                await current.gone.wait()
        except TimeoutError:
            raise PublishRejected(
                "busy", "Another encoder is still being let go. Try again."
            ) from None

    def _show_changed(self, timeline_id: str) -> None:
        if any(on_air.show.timeline_id == timeline_id for on_air in self._on_air.values()):
            self._changed.add(timeline_id)
            self._woken.set()

    async def _follow_all_the_time(self) -> None:
        """One look after the other: what was read before a change is never acted on after it, and
        a busy chat costs one look at a time."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            changed, self._changed = self._changed, set()
            for timeline_id in changed:
                try:
                    await self._follow(timeline_id)
                except Exception:  # the loop outlives a database that does not answer
                    log.exception("show_not_followed timeline=%s", timeline_id)
                    await asyncio.sleep(TRY_AGAIN_AFTER_S[0])
                    self._show_changed(timeline_id)

    async def _follow(self, timeline_id: str) -> None:
        """Start and end of a show, and a rotated key, reach its media at once."""
        for on_air in list(self._on_air.values()):
            if on_air.show.timeline_id == timeline_id:
                show = await self._directory.by_timeline(timeline_id)
                if show is None:
                    continue
                if show.state == ShowState.ENDED:
                    on_air.channel.end()
                    on_air.session.kick(PublishRejected("unauthorized", "This show has ended."))
                else:
                    on_air.channel.set_public(show.state == ShowState.LIVE)

    def kick_channel(self, channel_id: str) -> None:
        """Cut who is publishing: the stream key was rotated. Event loop only."""
        self._rotations += 1
        self._rotated[channel_id] = self._rotations
        on_air = self._on_air.get(channel_id)
        if on_air is not None:
            told = "This stream key is not valid any more."
            on_air.session.kick(PublishRejected("unauthorized", told, cause=Cause.OLD_KEY))

    def _in_order(self, order: asyncio.Lock, verb: Callable[[], object]) -> None:
        if not self._stopped:
            self._spawn(self._tell(order, verb))

    async def _tell(self, order: asyncio.Lock, verb: Callable[[], object]) -> None:
        """The picture goes on also when the database does not answer; then the show is told later,
        or its viewers would stand before a curtain that nobody lifts."""
        async with order:
            for pause_s in (*TRY_AGAIN_AFTER_S, None):
                try:
                    await self._database.run(verb)
                except ShowfloorError as error:  # the show has ended meanwhile
                    log.info("broadcast_not_recorded reason=%s", error.message)
                except Exception:  # whatever a database may raise
                    log.exception("broadcast_not_recorded try_again_s=%s", pause_s)
                    if pause_s is not None:
                        await asyncio.sleep(pause_s)
                        continue
                return

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _OnAir:
    """One accepted publisher; tells the show when its picture is there and when it is gone."""

    session: BroadcastSession

    def __init__(
        self, show: ShowInfo, channel: LiveStream, request: PublishRequest,
        in_order: Callable[[Callable[[], object]], None], left: "Callable[[_OnAir], None]",
        note: Callable[[str, PublishRequest, PublishRejected], None],
        seen: "Callable[[_OnAir], None]",
    ) -> None:  # fmt: skip
        self.show = show
        self.channel = channel
        self.gone = asyncio.Event()
        self._request = request
        self._in_order = in_order
        self._left = left
        self._note = note
        self._seen = seen
        self._has_picture = False

    def health(self) -> IngestHealth:
        recorder = self.channel.recorder
        recording = rules.recording_findings(
            is_failing=recorder.is_failing, lost_s=recorder.segments_lost * SEGMENT_S
        )
        health = self.session.health()
        return replace(health, findings=tuple(worst_first([*recording, *health.findings])))

    def on_picture(self) -> None:
        self._has_picture = True
        self._seen(self)
        self._in_order(
            functools.partial(
                shows.broadcast_opened, self.show.show_id, encoder=self._request.encoder
            )
        )

    def on_picture_lost(self) -> None:
        self.tell_lost()

    def on_rejected(self, refusal: PublishRejected) -> None:
        self._note(rejections.of_channel(self.show.channel_id), self._request, refusal)

    def on_end(self, reason: str) -> None:
        log.info("broadcast_ended show=%s reason=%s", self.show.slug, reason)
        self._left(self)
        self.gone.set()
        self.tell_lost()

    def tell_lost(self) -> None:
        """Once for each picture that was there."""
        if self._has_picture:
            self._has_picture = False
            self._in_order(functools.partial(shows.broadcast_lost, self.show.show_id))
