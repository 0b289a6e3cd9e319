"""The probe of a source: it learns size, frame rate and codecs from a publisher's first tags."""

from collections import deque
from fractions import Fraction
from typing import Final

from showfloor.media.formats.flv import (
    AacConfig,
    AudioPacket,
    AudioPayload,
    AvcConfig,
    FlvTag,
    TagKind,
    VideoPacket,
    VideoPayload,
)
from showfloor.media.ports import SourceInfo
from showfloor.media.rtmp import amf

AUDIO_WAIT_S: Final = 2.0
MEASURED_FRAMES: Final = 12
FPS_MIN: Final = 1
FPS_MAX: Final = 120
FPS_UNKNOWN: Final = Fraction(30)


class SourceProbe:
    """Collects the stream's description; `info` is set as soon as an encoder can be started."""

    def __init__(self) -> None:
        self.video: AvcConfig | None = None
        self.audio: AacConfig | None = None
        self._claimed_fps: Fraction | None = None
        self._without_audio = False  # as the metadata says
        self._first_frame_at: float | None = None
        self._stamps_ms: deque[int] = deque(maxlen=MEASURED_FRAMES)

    def restart(self) -> None:
        """Forget the frames so far; keep the configurations."""
        self._first_frame_at = None
        self._stamps_ms.clear()

    def feed(self, tag: FlvTag, now: float) -> bool:
        """Take a tag; return whether it changed how the stream is to be decoded."""
        match tag.kind:
            case TagKind.SCRIPT:
                self._read_metadata(tag.payload)
            case TagKind.VIDEO:
                return self._feed_video(tag, now)
            case TagKind.AUDIO:
                audio = AudioPayload.parse(tag.payload)
                if audio.packet_type is AudioPacket.CONFIG:
                    before, self.audio = self.audio, AacConfig.parse(audio.data)
                    return before != self.audio
        return False

    def _feed_video(self, tag: FlvTag, now: float) -> bool:
        video = VideoPayload.parse(tag.payload)
        if video.packet_type is VideoPacket.CONFIG:
            before, self.video = self.video, AvcConfig.parse(video.data)
            return before != self.video
        if video.packet_type is VideoPacket.FRAME:
            if self._first_frame_at is None:
                self._first_frame_at = now
            self._stamps_ms.append(tag.timestamp_ms)
        return False

    def info(self, now: float) -> SourceInfo | None:
        """Return the description; None while a missing part of it may still come."""
        if self.video is None or self._first_frame_at is None:
            return None
        waited = now - self._first_frame_at >= AUDIO_WAIT_S
        if self.audio is None and not self._without_audio and not waited:
            return None
        fps = self._claimed_fps or self._usable(self.video.frame_rate) or self._measured()
        if fps is None:
            if not waited:
                return None
            fps = FPS_UNKNOWN
        return SourceInfo(self.video.width, self.video.height, fps, self.audio is not None)

    def _measured(self) -> Fraction | None:
        """Return the measured frame rate; None with too few frames."""
        if len(self._stamps_ms) < MEASURED_FRAMES:
            return None
        ordered = sorted(self._stamps_ms)
        span_ms = ordered[-1] - ordered[0]
        return self._usable(Fraction(1000 * (len(ordered) - 1), span_ms)) if span_ms else None

    def _read_metadata(self, payload: bytes) -> None:
        try:
            values = amf.decode(payload)
        except ValueError:
            return  # metadata are advisory, and sometimes nonsense
        fields = next((v for v in reversed(values) if isinstance(v, dict)), None)
        if fields is None:
            return
        rate = fields.get("framerate") or fields.get("videoframerate")
        if isinstance(rate, float):
            self._claimed_fps = self._usable(Fraction(rate).limit_denominator(1001))
        has_video = bool(fields.get("videocodecid"))
        self._without_audio = has_video and not fields.get("audiocodecid")

    @staticmethod
    def _usable(fps: Fraction | None) -> Fraction | None:
        return fps if fps is not None and FPS_MIN <= fps <= FPS_MAX else None
