"""The reader of a hub that encodes the ladder: packets in, the channel's broadcasts out.

It owns its encoder's life, in order with the packets, so start, restart and end cannot cross. A new
size or sound format, a sound that begins late, and an encoder that died each end the channel's
broadcast and begin the next one with the next key frame. Another source of the same form goes on in
the same encoder, and so in the same broadcast; one of another form gets an encoder of its own, and
the old one is let go when the new one's picture is there.

Pictures are passed through where the source sends several, or by setting (`pass_plan`). A source
that breaks a rule of that is encoded from then on, until it connects anew.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, override

from showfloor.kernel.clock import Clock, utc_now
from showfloor.media.diagnostics.passing_state import PassingState
from showfloor.media.encoding import ladder, overload, pass_plan
from showfloor.media.encoding.encoder_run import Arrival, EncoderRun
from showfloor.media.encoding.pass_grid import Misfit
from showfloor.media.encoding.pass_plan import PassPlan, Unfit
from showfloor.media.encoding.passing_encoder import PassingEncoder
from showfloor.media.encoding.source_listener import SourceListener
from showfloor.media.encoding.source_probe import SourceProbe
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hub.events import (
    HubEvent,
    HubReader,
    SourceEnded,
    SourceJoined,
    is_key_frame,
)
from showfloor.media.packets import (
    MediaPacket,
    SourceItem,
    Track,
    VideoTrack,
    held_bytes,
    is_further,
    is_main_picture,
)
from showfloor.media.ports import Encoder, Rung, SourceInfo

log = logging.getLogger(__name__)

WAITING_MAX_BYTES: Final = 16 << 20  # kept from the first key frame until the encoder runs
RESTARTS_MAX: Final = 5  # in RESTARTS_WINDOW_S, then the source is given up
RESTARTS_WINDOW_S: Final = 60.0
RENEWALS_MAX: Final = 3  # in RESTARTS_WINDOW_S, of several passed pictures; then they are encoded


class LadderEncoder(HubReader):
    """Encodes the source on air. A source is given up when its encoder was lost too often."""

    def __init__(
        self,
        channel: LiveStream,
        new_encoder: Callable[[], Encoder],
        rungs: Sequence[tuple[int, int]],
        max_fps: int,
        *,
        passes_top_rung: bool = False,
        passes_sound: bool = True,
        clock: Clock = utc_now,
        encoder_cost: float = 1.0,
        take_idle_cores: Callable[[float], bool] = lambda _cores: False,
    ) -> None:
        """`rungs`: (pixels of the shorter side, kbit/s), highest first. `passes_top_rung`: also
        of a source that sends one picture. `clock` is the hub's. `encoder_cost`: to that of
        `veryfast`. `take_idle_cores`: see `IdleCores`, for shed rungs to come back."""
        self._channel = channel
        self._new_encoder = new_encoder
        self._rungs = rungs
        self._max_fps = max_fps
        self._passes_top_rung = passes_top_rung
        self._passes_sound = passes_sound
        self._clock = clock
        self._encoder_cost = encoder_cost
        self._take_idle_cores = take_idle_cores
        self._loop = asyncio.get_running_loop()
        self._listeners: dict[int, SourceListener] = {}  # of all sources, by number
        self._source: SourceListener | None = None  # the one on air; None also if it is given up
        self._probe = SourceProbe()
        self._waiting: list[Arrival] = []  # from a key frame on, until an encoder runs
        self._encoding: EncoderRun | None = None
        self._is_joining = False  # another source follows, and may go on in the same encoder
        self._earlier = 0  # packets to come that the source gave before it joined
        self._let_go: set[asyncio.Task[None]] = set()  # the ends of encoders that were replaced
        self._restarts: deque[float] = deque(maxlen=RESTARTS_MAX)
        self._passing: PassingEncoder | None = None  # of the present run
        self._unfit: Unfit | None = None  # why the source on air is not passed through
        self._lost: set[int] = set()  # numbers of its pictures that do not come any more
        self._weighed: dict[int, int] = {}  # kbit/s of its pictures that take more than was said
        self._renewals: deque[float] = deque(maxlen=RENEWALS_MAX)
        self._overload = overload.Overload()
        self._shed: set[str] = set()  # names of rungs that this machine is too slow for
        self._encoded: Sequence[Rung] = ()  # by the present run
        self._is_late = False  # what waits is skipped up to the present

    def tell(self, joined: SourceJoined, listener: SourceListener) -> None:
        """Tell `listener` what becomes of this source, until it has left."""
        self._listeners[joined.number] = listener

    def forget(self, joined: SourceJoined) -> None:
        self._listeners.pop(joined.number, None)

    @property
    def encoding(self) -> Sequence[tuple[int, float]] | None:
        """Return pixels and frame rate of each rung that is encoded here; None until the source is
        known."""
        if self._encoding is None:
            return None
        return [(rung.width * rung.height, float(rung.fps)) for rung in self._encoded]

    def look_at_listed(self) -> None:
        """Tell the meter up to which time players may ask."""
        if self._encoding is not None:
            self._encoding.look_at_listed()

    @override
    async def take(self, event: HubEvent, at: datetime) -> None:
        match event:
            case SourceJoined():
                await self._begin_source(event)
            case SourceEnded(is_followed=True):
                self._source = None
            case SourceEnded():
                await self._end_encoding()
                self._source = None
            case _ if self._source is not None:
                try:
                    await self._take_item(self._source, event, at)
                except Exception:
                    log.exception("broadcast_failed channel=%s", self._channel.id)
                    await self._give_up(self._source, "an unexpected error")

    @override
    async def ended(self, failure: str) -> None:
        if failure:
            for listener in self._listeners.values():
                listener.give_up("an unexpected error")
        await self._end_encoding()

    async def _begin_source(self, joined: SourceJoined) -> None:
        self._source = self._listeners.get(joined.number)
        if self._source is None:
            await self._end_encoding()
        self._probe = SourceProbe()
        self._waiting.clear()
        self._restarts.clear()
        self._unfit = None
        self._lost.clear()
        self._weighed.clear()
        self._renewals.clear()
        self._is_joining = self._encoding is not None
        self._earlier = joined.earlier

    async def _give_up(self, source: SourceListener, why: str) -> None:
        self._source = None
        self._waiting.clear()
        source.give_up(why)
        await self._end_encoding()

    async def _take_item(self, source: SourceListener, item: SourceItem, at: datetime) -> None:
        now = self._loop.time()
        if self._probe.feed(item, now):
            source.health_meter.configure(video=self._probe.video, audio=self._probe.audio)
            if self._encoding is not None and not self._is_joining:
                await self._end_encoding()
            elif isinstance(item, VideoTrack):
                self._waiting.clear()  # frames of another configuration
        if isinstance(item, MediaPacket):
            is_earlier = self._earlier > 0
            self._earlier -= is_earlier
            await self._take_packet(source, Arrival(item, at, is_earlier), now)

    async def _take_packet(self, source: SourceListener, arrival: Arrival, now: float) -> None:
        if await self._skips(source, arrival):
            return
        misfit = self._passing.misfit if self._passing is not None else None
        if misfit is not None and not self._is_joining:  # else it is the fault of the source before
            await self._stop_passing(misfit, now)
        elif self._encoding is not None and (fault := self._encoding.fault()):
            await self._encoder_lost(source, fault, now)
        if self._encoding is not None and not self._is_joining:
            if (info := self._restored(arrival, now)) is not None:
                await self._encode(source, info, [arrival], now)
            elif self._passing is not None or not is_further(arrival.packet):
                await self._encoding.feed(arrival)
        elif self._source is not None:
            await self._wait_for_source(source, arrival, now)

    async def _skips(self, source: SourceListener, arrival: Arrival) -> bool:
        """Return whether a packet is left out, because a machine that is too slow has let it wait.

        Then it goes on with fewer rungs, from the next key frame of the present on.
        """
        is_judged = self._encoding is not None and self._encoded
        if not self._is_late and not (is_judged and is_main_picture(arrival.packet)):
            return False
        now = self._clock()
        waited_s = (now - arrival.at).total_seconds()
        if self._is_late:
            self._is_late = waited_s > overload.CAUGHT_UP_S
            return self._is_late
        speed = self._overload.speed(waited_s, arrival.packet.dts_ms, now)
        if speed is None:
            return False
        kept = {rung.name for rung in overload.shed(self._encoded, speed)}
        self._shed |= {rung.name for rung in self._encoded} - kept
        log.warning(
            "rungs_shed channel=%s speed=%.2f kept=%s", self._channel.id, speed, ",".join(kept)
        )
        source.health_meter.sheds(len(self._shed))
        self._is_late = True
        await self._end_encoding()
        return True

    def _restored(self, arrival: Arrival, now: float) -> SourceInfo | None:
        """Return the source where this key frame is the first of a run with one shed rung more; its
        encoder has the air as soon as it has a picture."""
        if not self._shed or self._passing is not None or not is_key_frame(arrival.packet):
            return None
        at, info = self._clock(), self._probe.info(now)
        if info is None or not self._overload.is_calm(at):
            return None
        shed = [one for one in self._whole_ladder(info) if one.name in self._shed]
        rung = overload.returning(shed, self._take_idle_cores, self._encoder_cost)
        if rung is None:
            return None
        self._shed.discard(rung.name)
        self._overload.came_back(at)
        log.info("rung_returns channel=%s rung=%s", self._channel.id, rung.name)
        return info

    async def _wait_for_source(self, source: SourceListener, arrival: Arrival, now: float) -> None:
        """Keep packets from a key frame on; start an encoder as soon as the source is known."""
        if not self._waiting and not is_key_frame(arrival.packet):
            return
        self._waiting.append(arrival)
        info = self._probe.info(now)
        if info is not None and not arrival.is_earlier:
            waiting, self._waiting = self._waiting, []
            await self._encode(source, info, waiting, now)
        elif sum(held_bytes(kept.packet) for kept in self._waiting) > WAITING_MAX_BYTES:
            self._waiting.clear()

    async def _encode(
        self, source: SourceListener, info: SourceInfo, waiting: list[Arrival], now: float
    ) -> None:
        """Encode a source that is known now: by the encoder of the one before it, if that can."""
        source.health_meter.configure(fps=info.fps)
        plan = self._plan(info, waiting)
        if isinstance(plan, PassPlan):
            # Earlier pictures are for a decoder: they are pressed into no time.
            waiting = [one for one in waiting if not one.is_earlier]
            while waiting and not is_key_frame(waiting[0].packet):
                del waiting[0]
            if not waiting:
                return
            rungs = plan.rungs
        else:
            waiting = [one for one in waiting if not is_further(one.packet)]
            rungs = self._ladder(info)
        self._encoded = [
            rung for index, rung in enumerate(rungs)
            if not isinstance(plan, PassPlan) or index in plan.encoded
        ]  # fmt: skip
        source.health_meter.sheds(len(self._shed))
        source.health_meter.passes(self._state(plan))
        before, self._encoding = self._encoding, None
        had_passed, self._passing = self._passing is not None, None
        self._is_joining = False
        may_join = not had_passed and not isinstance(plan, PassPlan)
        if before is not None and may_join and before.continues_with(info, rungs, self._tracks):
            log.info("broadcast_goes_on channel=%s", self._channel.id)
            self._encoding = before
            await before.join(source, waiting)
            return
        if isinstance(plan, PassPlan):
            self._passing = PassingEncoder(
                plan, self._new_encoder, may_pass_sound=self._passes_sound
            )
        try:
            await self._start_encoding(source, info, rungs, waiting, before)
        except OSError as error:
            await self._encoder_lost(source, str(error), now)
        finally:
            if before is not None:
                ending = asyncio.create_task(self._end(before), name="encoder that is let go")
                self._let_go.add(ending)
                ending.add_done_callback(self._let_go.discard)

    def _plan(self, info: SourceInfo, waiting: Sequence[Arrival]) -> PassPlan | Unfit | None:
        """Return what is passed through, or why it is not; None where nobody wants it."""
        assert self._probe.video is not None
        if self._further or self._passes_top_rung:
            is_reordered = any(one.packet.pts_ms != one.packet.dts_ms for one in waiting)
            self._unfit = self._unfit or (Unfit.REORDERED if is_reordered else None)
        kbps, further = {**self._probe.claimed_kbps, **self._weighed}, self._further
        if self._unfit is None and further:
            return pass_plan.plan_all(info, [self._probe.video, *further], self._rungs, kbps)
        if self._unfit is None and self._passes_top_rung:
            rungs = self._ladder(info)
            return pass_plan.plan_top(info, self._probe.video, rungs, kbps.get(0))
        return self._unfit

    def _ladder(self, info: SourceInfo) -> tuple[Rung, ...]:
        """Return the rungs for a source, without those that this machine is too slow for."""
        rungs = self._whole_ladder(info)
        return tuple(rung for rung in rungs if rung.name not in self._shed) or rungs[-1:]

    def _whole_ladder(self, info: SourceInfo) -> tuple[Rung, ...]:
        return ladder.plan(info, self._rungs, self._max_fps)

    def _state(self, plan: PassPlan | Unfit | None) -> PassingState:
        if isinstance(plan, PassPlan):
            passed = sorted(plan.places.values())
            names = tuple(plan.rungs[place].name for place in passed)
            return PassingState(names, lost=len(self._lost))
        return PassingState(unfit=plan or "", lost=len(self._lost))

    @property
    def _further(self) -> Sequence[VideoTrack]:
        known = sorted(self._probe.further.items())
        return [track for number, track in known if number not in self._lost]

    async def _stop_passing(self, misfit: Misfit, now: float) -> None:
        """End a run whose pictures do not fit. A lost picture leaves the ladder; a line that has
        lost frames, and pictures heavier than their encoder says, begin anew with the next key
        frames; all else is encoded from now on."""
        log.warning("pass_through_broken channel=%s reason=%s", self._channel.id, misfit)
        may_go_on = misfit.unfit in {Unfit.GAPS, Unfit.BITRATE} and self._further
        recent = [at for at in self._renewals if now - at < RESTARTS_WINDOW_S]
        self._weighed |= misfit.kbps
        if misfit.unfit is Unfit.TRACK and misfit.track:
            self._lost.add(misfit.track)
        elif not may_go_on or len(recent) == RENEWALS_MAX:
            self._unfit = misfit.unfit
        self._renewals.append(now)
        await self._end_encoding()

    async def _start_encoding(
        self, source: SourceListener, info: SourceInfo, rungs: Sequence[Rung],
        waiting: list[Arrival], before: EncoderRun | None,
    ) -> None:  # fmt: skip
        """Start an encoder; OSError when there can be no child."""
        encoder = self._passing or self._new_encoder()
        encoding = EncoderRun(self._channel, encoder, info, rungs, source, self._tracks, before)
        log.info(
            "broadcast_encoding channel=%s size=%dx%d fps=%.2f audio=%s rungs=%s passes=%s",
            self._channel.id, info.width, info.height, float(info.fps), info.has_audio,
            ",".join(rung.name for rung in rungs), self._passing is not None,
        )  # fmt: skip
        await encoding.start(waiting)
        self._encoding = encoding
        for arrival in waiting:
            await encoding.feed(arrival)

    @property
    def _tracks(self) -> Sequence[Track]:
        further = self._further if self._passing is not None else ()
        known = (self._probe.video, *further, self._probe.audio)
        return [track for track in known if track is not None]

    async def _encoder_lost(self, source: SourceListener, fault: str, now: float) -> None:
        """Drop an encoder that died or hangs; give up after too many losses in a minute."""
        log.warning("encoder_lost channel=%s reason=%s", self._channel.id, fault)
        source.output_meter.restarted(now)
        await self._end_encoding()
        full = len(self._restarts) == RESTARTS_MAX
        if full and now - self._restarts[0] < RESTARTS_WINDOW_S:
            await self._give_up(source, "the encoder was lost too often")
        self._restarts.append(now)

    async def _end_encoding(self) -> None:
        encoding, self._encoding = self._encoding, None
        self._passing = None
        self._is_joining = False
        if encoding is not None:
            self._probe.restart()
            await encoding.end()
        await asyncio.gather(*self._let_go)

    async def _end(self, replaced: EncoderRun) -> None:
        try:
            await replaced.end()
        except Exception:  # its successor goes on
            log.exception("encoder_not_ended channel=%s", self._channel.id)
