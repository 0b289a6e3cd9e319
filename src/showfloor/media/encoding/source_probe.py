"""The probe of a source: it learns size, frame rate and codecs from what comes first."""

from collections import deque
from fractions import Fraction
from typing import Final

from showfloor.media.packets import (
    AudioTrack,
    MediaPacket,
    SourceClaims,
    SourceItem,
    VideoTrack,
    is_main_picture,
)
from showfloor.media.ports import SourceInfo

AUDIO_WAIT_S: Final = 2.0
MEASURED_FRAMES: Final = 12
FPS_MIN: Final = 1
FPS_MAX: Final = 120
SAME_SHAPE_WITHIN: Final = 0.02  # browsers round small pictures to even sides
FPS_UNKNOWN: Final = Fraction(30)


class SourceProbe:
    """Collects the stream's description; `info` is set as soon as an encoder can be started."""

    def __init__(self) -> None:
        self.video: VideoTrack | None = None  # the main one
        self.further: dict[int, VideoTrack] = {}  # by number
        self.audio: AudioTrack | None = None
        self.claimed_kbps: dict[int, int] = {}  # by the number of the picture
        self._claimed_fps: Fraction | None = None
        self._without_audio = False  # as the source claims
        self._resizes = False  # as the source claims
        self._described: SourceInfo | None = None  # the last description that was complete
        self._first_frame_at: float | None = None
        self._stamps_ms: deque[int] = deque(maxlen=MEASURED_FRAMES)

    def restart(self) -> None:
        """Forget the frames so far; keep the configurations."""
        self._first_frame_at = None
        self._stamps_ms.clear()

    def feed(self, item: SourceItem, now: float) -> bool:
        """Take an item; return whether it changed how the stream is to be decoded."""
        match item:
            case MediaPacket():
                if is_main_picture(item):
                    self._feed_picture(item, now)
            case VideoTrack(number=number) if number:
                before, self.further[number] = self.further.get(number), item
                return before != item
            case VideoTrack():
                video, self.video = self.video, item
                return video != item and not self._fits(item)
            case AudioTrack():
                audio, self.audio = self.audio, item
                return audio != item
            case SourceClaims():
                self._believe(item)
        return False

    def _feed_picture(self, packet: MediaPacket, now: float) -> None:
        if self._first_frame_at is None:
            self._first_frame_at = now
        self._stamps_ms.append(packet.dts_ms)

    def info(self, now: float) -> SourceInfo | None:
        """Return the description; None while a missing part of it may still come."""
        if self.video is None or self._first_frame_at is None:
            return None
        waited = now - self._first_frame_at >= AUDIO_WAIT_S
        if self.audio is None and not self._without_audio and not waited:
            return None
        config = self.video.config
        fps = self._claimed_fps or self._usable(config.frame_rate) or self._measured()
        if fps is None:
            if not waited:
                return None
            fps = FPS_UNKNOWN
        self._described = SourceInfo(config.width, config.height, fps, self.audio is not None)
        return self._described

    def _fits(self, track: VideoTrack) -> bool:
        """Return whether a running encoder shows this picture as well: a smaller one of the same
        shape, of a source that makes it smaller for a time."""
        known = self._described
        if not self._resizes or known is None or track.config.width > known.width:
            return False
        width, height = track.config.width, track.config.height
        return abs(width * known.height / (height * known.width) - 1) < SAME_SHAPE_WITHIN

    def _measured(self) -> Fraction | None:
        """Return the measured frame rate; None with too few frames."""
        if len(self._stamps_ms) < MEASURED_FRAMES:
            return None
        ordered = sorted(self._stamps_ms)
        span_ms = ordered[-1] - ordered[0]
        return self._usable(Fraction(1000 * (len(ordered) - 1), span_ms)) if span_ms else None

    def _believe(self, claims: SourceClaims) -> None:
        if claims.fps is not None:
            self._claimed_fps = self._usable(claims.fps)
        self.claimed_kbps = dict(claims.video_kbps)
        self._without_audio = not claims.has_audio
        self._resizes = claims.resizes

    @staticmethod
    def _usable(fps: Fraction | None) -> Fraction | None:
        return fps if fps is not None and FPS_MIN <= fps <= FPS_MAX else None
