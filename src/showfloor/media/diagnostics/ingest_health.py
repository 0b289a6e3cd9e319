"""The health of an incoming stream, read from the stream itself."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from showfloor.media.diagnostics.findings import Finding
from showfloor.media.diagnostics.passing_state import NOTHING_PASSED, PassingState
from showfloor.media.diagnostics.source_figures import SourceFigures
from showfloor.media.packets import (
    AudioTrack,
    MediaPacket,
    SourceItem,
    TrackKind,
    VideoTrack,
    is_main_picture,
)

WINDOW_S: Final = 4.0
STALL_S: Final = 1.0  # a longer wait for the next packet is the line's, not the picture's
LOSS_WINDOW_S: Final = 60.0
PACKETS_MAX: Final = 4000  # more than 1000 packets a second are not counted


@dataclass(frozen=True, slots=True)
class SourceState:
    """One of a show's two sources, as the producer sees it. `fault`: the code of what is wrong,
    or empty. `reason` and `since` tell of the switch that has put it on air."""

    role: str
    encoder: str
    is_on_air: bool
    is_chosen: bool  # by a person
    fault: str = ""
    reason: str = ""
    since: str = ""  # ISO 8601


@dataclass(frozen=True, slots=True)
class IngestHealth:
    """The figures that a producer sees. Rates are over the last 4 s.

    While the source is not known yet, `width` is 0 and there are no other figures either.
    `last_frame_age_s`: since the last video frame.
    `sound_lag_s`: the delay of the whole stream that keeps late sound.
    `last_sound_age_s`: since the last sound, or since the start if sound is only announced.
    `sound_lost_s`: sound of the last minute that came too late all the same, and was dropped.
    """

    bitrate_kbps: int
    fps: float
    nominal_fps: float | None  # the source's intended rate; None until it is known
    keyframe_interval_s: float | None
    last_frame_age_s: float | None
    width: int
    height: int
    video_codec: str
    audio_codec: str
    encoder: str
    since: datetime
    sound_lag_s: float = 0.0
    sound_lost_s: float = 0.0
    last_sound_age_s: float | None = None
    behind_s: float = 0.0  # the delay of the output behind the input
    findings: tuple[Finding, ...] = ()  # about the output, the worst first
    machine: str = ""  # the name of the process that takes it
    passed: tuple[str, ...] = ()  # names of rungs that are the source's own pictures
    sources: tuple[SourceState, ...] = ()  # of a show whose backup has sent, the primary first
    figures: tuple[SourceFigures, ...] = ()  # of each source that sends


class HealthMeter:
    """Watches the packets of one publisher. `now`: a monotonic clock, s."""

    def __init__(self, encoder: str, since: datetime, now: float) -> None:
        self._encoder = encoder
        self._since = since
        self._started = now
        self._sizes: deque[tuple[float, int]] = deque(maxlen=PACKETS_MAX)
        self._frames: deque[float] = deque(maxlen=PACKETS_MAX)
        self._last_frame: float | None = None
        self._last_sound: float | None = None
        self._key_ms: int | None = None
        self._key_interval_s: float | None = None
        self._video: VideoTrack | None = None
        self._audio: AudioTrack | None = None
        self._nominal_fps: Fraction | None = None
        self._sound_lag_ms = 0
        self.passing = NOTHING_PASSED
        self.shed_rungs = 0
        self._lost_sound: deque[tuple[float, Fraction]] = deque(maxlen=PACKETS_MAX)

    def configure(
        self,
        *,
        video: VideoTrack | None = None,
        audio: AudioTrack | None = None,
        fps: Fraction | None = None,
    ) -> None:
        """Note facts about the source; facts that are not given stay."""
        self._video = video or self._video
        self._audio = audio or self._audio
        self._nominal_fps = fps or self._nominal_fps

    def feed(self, packet: MediaPacket, now: float) -> None:
        self._sizes.append((now, len(packet.data)))
        if packet.track.kind is TrackKind.AUDIO:
            self._last_sound = now
            return
        if not is_main_picture(packet):
            return
        self._frames.append(now)
        self._last_frame = now
        if packet.is_key:
            self._key(packet.dts_ms)

    def sound_lags(self, lag_ms: int) -> None:
        """Note by how much the stream is held back for its sound; 0 for a new encoder."""
        self._sound_lag_ms = lag_ms

    def passes(self, state: PassingState) -> None:
        """Note which rungs are passed through."""
        self.passing = state

    def sheds(self, rungs: int) -> None:
        """Note that so many rungs are not encoded, because this machine is too slow for them."""
        self.shed_rungs = rungs

    def lose_sound(self, lost_s: Fraction, now: float) -> None:
        """Note that this much sound came too late."""
        self._lost_sound.append((now, lost_s))

    def _key(self, stamp_ms: int) -> None:
        if self._key_ms is not None and stamp_ms > self._key_ms:
            self._key_interval_s = (stamp_ms - self._key_ms) / 1000
        self._key_ms = stamp_ms

    @property
    def keyframe_interval_s(self) -> float | None:
        return self._key_interval_s

    def rates(self, now: float) -> tuple[int, float]:
        """Return kbit/s and frames/s of the last seconds, also of a source that nobody decodes."""
        while self._sizes and self._sizes[0][0] <= now - WINDOW_S:
            self._sizes.popleft()
        while self._frames and self._frames[0] <= now - WINDOW_S:
            self._frames.popleft()
        span_s = max(0.5, min(WINDOW_S, now - self._started))
        received = sum(size for _, size in self._sizes)
        return round(received * 8 / 1000 / span_s), round(len(self._frames) / span_s, 1)

    def read(self, now: float) -> IngestHealth:
        kbps, fps = self.rates(now)
        while self._lost_sound and self._lost_sound[0][0] <= now - LOSS_WINDOW_S:
            self._lost_sound.popleft()
        last_frame_age_s = None if self._last_frame is None else now - self._last_frame
        if self._nominal_fps is None:  # the probe learns it last
            return IngestHealth(
                0, 0.0, None, None, last_frame_age_s, 0, 0, "", "", self._encoder, self._since
            )
        picture = self._video.config if self._video else None
        return IngestHealth(
            bitrate_kbps=kbps,
            fps=fps,
            nominal_fps=round(float(self._nominal_fps), 1),
            keyframe_interval_s=self._key_interval_s,
            last_frame_age_s=last_frame_age_s,
            width=picture.width if picture else 0,
            height=picture.height if picture else 0,
            video_codec=self._video.codec if self._video else "",
            audio_codec=self._audio.codec if self._audio else "",
            encoder=self._encoder,
            since=self._since,
            sound_lag_s=self._sound_lag_ms / 1000,
            last_sound_age_s=self._sound_age_s(now),
            passed=self.passing.rungs,
            sound_lost_s=float(sum((lost for _, lost in self._lost_sound), Fraction(0))),
        )

    def _sound_age_s(self, now: float) -> float | None:
        if self._last_sound is not None:
            return now - self._last_sound
        return now - self._started if self._audio else None  # announced, and never come


class PictureWatch:
    """Notices a publisher that sends, but no picture. `now`: a monotonic clock, s.

    It counts the time in which something arrives and no picture does. A stalled line does not
    count: it brings its sound and its picture together, later.
    """

    def __init__(self, silence_s: float, now: float) -> None:
        self._silence_s = silence_s
        self._heard_at = now
        self._without_s = 0.0

    def is_dark(self, item: SourceItem, now: float) -> bool:
        """Take what came; return whether there has been no picture for too long."""
        waited_s, self._heard_at = now - self._heard_at, now
        if isinstance(item, MediaPacket) and is_main_picture(item):
            self._without_s = 0.0
        else:
            self._without_s += min(waited_s, STALL_S)
        return self._without_s > self._silence_s
