"""Watches what leaves an encoder: how far it is behind, and whether there is anything in it.

Black and still pictures and digital silence are seen from the sizes of encoded frames, which costs
nothing: the encoder spends its bit rate on whatever moves. Measured at 640 × 360 and 700 kbit/s,
2,900 bytes a frame: a camera 2,800 (its noise alone 2,200), a still 290–630, black 38, with key
frames of 170; AAC of digital silence has 6 bytes a frame, of noise at -70 dB 290. Pure.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

from showfloor.media.encoding.segmenter import SEGMENT_S
from showfloor.media.formats.flv import (
    AudioPacket,
    AudioPayload,
    FlvTag,
    TagKind,
    VideoPacket,
    VideoPayload,
)
from showfloor.media.formats.fmp4 import AUDIO_FRAME, AUDIO_RATE
from showfloor.media.ports import AUDIO, Rung

SUSTAINED_S: Final = 5.0  # a pause shorter than this is made up for
TAIL_S: Final = 0.8  # less than this waits in the cutter for the rest of its part, or its sound
RESTARTS_WITHIN_S: Final = 600.0
ARRIVALS_MAX: Final = 7200  # two minutes at 60 frames/s
READINGS_MAX: Final = 200
STILL_SHARE: Final = 0.15  # of a frame's share of the bit rate
BLACK_SHARE: Final = 0.05
BLACK_KEY_SHARE: Final = 0.25
SILENT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class OutputReading:
    """`behind_s`: from the arrival of a picture until it is listed, at its least in the last 5 s.
    `still_s`, `black_s`, `silent_s`: for how long the picture has been still, of one colour, and
    the sound digital silence. `restarts`: of a broken encoder in the last 10 minutes."""

    behind_s: float = 0.0
    restarts: int = 0
    still_s: float = 0.0
    black_s: float = 0.0
    silent_s: float = 0.0


class OutputMeter:
    """Of one publisher, across its encoders. `now`: a monotonic clock, s."""

    def __init__(self) -> None:
        self.content = ContentMeter(None)
        self._arrivals: deque[tuple[float, datetime]] = deque(maxlen=ARRIVALS_MAX)
        self._listed_s = 0.0
        self._readings: deque[tuple[float, float]] = deque(maxlen=READINGS_MAX)
        self._restarts: deque[float] = deque(maxlen=READINGS_MAX)

    def begin(self, smallest: Rung) -> None:
        """A new encoder, whose media time begins at 0."""
        self.content = ContentMeter(smallest)
        self._arrivals.clear()
        self._listed_s = 0.0

    def restarted(self, now: float) -> None:
        """An encoder broke."""
        self._restarts.append(now)

    def arrived(self, media_s: float, at: datetime) -> None:
        """A picture of that media time came at `at`."""
        self._arrivals.append((media_s, at))

    def listed(self, media_s: float) -> None:
        """Players may ask for everything up to there."""
        self._listed_s = max(self._listed_s, media_s)
        while self._arrivals and self._arrivals[0][0] < self._listed_s:
            self._arrivals.popleft()

    def read(self, now: float, at: datetime, *, tail_s: float, queued: bool) -> OutputReading:
        """`tail_s`: held back on purpose. `queued`: more has come than the encoder has taken."""
        self._readings.append((now, self._behind_s(at, tail_s=tail_s, queued=queued)))
        while self._readings[0][0] < now - SUSTAINED_S:
            self._readings.popleft()
        while self._restarts and self._restarts[0] <= now - RESTARTS_WITHIN_S:
            self._restarts.popleft()
        return OutputReading(
            max(0.0, min(behind_s for _, behind_s in self._readings)),
            len(self._restarts),
            self.content.still_s,
            self.content.black_s,
            self.content.silent_s,
        )

    def _behind_s(self, at: datetime, *, tail_s: float, queued: bool) -> float:
        if not self._arrivals:
            return 0.0
        last_media_s, last_at = self._arrivals[-1]
        if not queued and last_media_s - self._listed_s < TAIL_S + tail_s:
            at = min(at, last_at)  # what is left waits for more to come, not for us
        return (at - self._arrivals[0][1]).total_seconds()


class ContentMeter:
    """What one encoder's smallest rung and its sound hold. Without a rung: nothing is known."""

    def __init__(self, rung: Rung | None) -> None:
        self.still_s = 0.0
        self.black_s = 0.0
        self.silent_s = 0.0
        self._frame_bytes = rung.kbps * 125 / float(rung.fps) if rung else 0.0
        self._key_bytes = 0
        self._sizes: list[int] = []  # of a segment's other frames

    def feed(self, rung: int, tag: FlvTag) -> None:
        """A tag of the smallest rung's pipe, or of the sound's."""
        if rung == AUDIO and tag.kind is TagKind.AUDIO:
            sound = AudioPayload.parse(tag.payload)
            if sound.packet_type is AudioPacket.FRAME:
                is_silent = len(sound.data) <= SILENT_BYTES
                self.silent_s = self.silent_s + AUDIO_FRAME / AUDIO_RATE if is_silent else 0.0
        elif rung != AUDIO and tag.kind is TagKind.VIDEO:
            picture = VideoPayload.parse(tag.payload)
            if picture.packet_type is VideoPacket.FRAME:
                self._take(len(picture.data), is_key=picture.is_key)

    def _take(self, size: int, *, is_key: bool) -> None:
        if not is_key:
            self._sizes.append(size)
            return
        if self._sizes:
            usual = median(self._sizes)
            is_still = usual < STILL_SHARE * self._frame_bytes
            is_black = (
                usual < BLACK_SHARE * self._frame_bytes
                and self._key_bytes < BLACK_KEY_SHARE * self._frame_bytes
            )
            self.still_s = self.still_s + SEGMENT_S if is_still else 0.0
            self.black_s = self.black_s + SEGMENT_S if is_black else 0.0
        self._key_bytes, self._sizes = size, []
