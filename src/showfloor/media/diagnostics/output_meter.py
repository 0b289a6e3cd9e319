"""The meter of an encoder's output: its delay, and whether it holds picture and sound.

Black and still pictures and digital silence are seen from the sizes of encoded frames, which costs
nothing: the encoder spends its bit rate on motion. Measured at 640 × 360 and 700 kbit/s,
2,900 bytes a frame: a camera 2,800 (its noise alone 2,200), a still 290–630, black 38, with key
frames of 170; AAC of digital silence has 6 bytes a frame, of noise at -70 dB 290. Pure.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

from showfloor.media.packaging.fmp4 import AUDIO_FRAME, AUDIO_RATE
from showfloor.media.packaging.segmenter import SEGMENT_S
from showfloor.media.packets import MediaPacket
from showfloor.media.ports import AUDIO, Rung

SUSTAINED_S: Final = 5.0  # the encoder catches up after a shorter pause
TAIL_S: Final = 0.8  # the segmenter holds less than this, for the rest of a part or its sound
RESTARTS_WITHIN_S: Final = 600.0
ARRIVALS_MAX: Final = 7200  # two minutes at 60 frames/s
READINGS_MAX: Final = 200
STILL_SHARE: Final = 0.15  # of a frame's share of the bit rate
BLACK_SHARE: Final = 0.05
BLACK_KEY_SHARE: Final = 0.25
SILENT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class OutputReading:
    """`behind_s`: the least time of the last 5 s from a picture's arrival until it is listed.
    `still_s`, `black_s`, `silent_s`: the time for which the picture has been still, of one colour,
    and the sound digital silence. `restarts`: of a broken encoder in the last 10 minutes."""

    behind_s: float = 0.0
    restarts: int = 0
    still_s: float = 0.0
    black_s: float = 0.0
    silent_s: float = 0.0


class OutputMeter:
    """The output of one publisher, across its encoders. `now`: a monotonic clock, s."""

    def __init__(self) -> None:
        self.content = ContentMeter(None)
        self._arrivals: deque[tuple[float, datetime]] = deque(maxlen=ARRIVALS_MAX)
        self._listed_s = 0.0
        self._readings: deque[tuple[float, float]] = deque(maxlen=READINGS_MAX)
        self._restarts: deque[float] = deque(maxlen=READINGS_MAX)

    def begin(self, smallest: Rung) -> None:
        """Begin a new encoder, whose media time starts at 0."""
        self.content = ContentMeter(smallest)
        self._arrivals.clear()
        self._listed_s = 0.0

    def restarted(self, now: float) -> None:
        """Note that an encoder broke."""
        self._restarts.append(now)

    def arrived(self, media_s: float, at: datetime) -> None:
        """Note that the picture of this media time came at `at`."""
        self._arrivals.append((media_s, at))

    def listed(self, media_s: float) -> None:
        """Note that players may ask for all media up to this time."""
        self._listed_s = max(self._listed_s, media_s)
        while self._arrivals and self._arrivals[0][0] < self._listed_s:
            self._arrivals.popleft()

    def read(self, now: float, at: datetime, *, tail_s: float, queued: bool) -> OutputReading:
        """Return the figures. `tail_s` is held back on purpose; `queued`: packets still wait."""
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
            at = min(at, last_at)  # the rest waits for more input, not for us
        return (at - self._arrivals[0][1]).total_seconds()


class ContentMeter:
    """The content of one encoder's smallest rung and sound; unknown without a rung."""

    def __init__(self, rung: Rung | None) -> None:
        self.still_s = 0.0
        self.black_s = 0.0
        self.silent_s = 0.0
        self._frame_bytes = rung.kbps * 125 / float(rung.fps) if rung else 0.0
        self._key_bytes = 0
        self._sizes: list[int] = []  # of a segment's other frames

    def feed(self, rung: int, packet: MediaPacket) -> None:
        """Take a packet of the smallest rung, or of the sound."""
        if rung == AUDIO:
            is_silent = len(packet.data) <= SILENT_BYTES
            self.silent_s = self.silent_s + AUDIO_FRAME / AUDIO_RATE if is_silent else 0.0
        else:
            self.take_picture(len(packet.data), packet.is_key, SEGMENT_S)

    def take_picture(self, size: int, is_key: bool, group_s: float) -> None:
        """Take a picture of so many bytes; a key frame ends a group that lasted for `group_s`."""
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
            self.still_s = self.still_s + group_s if is_still else 0.0
            self.black_s = self.black_s + group_s if is_black else 0.0
        self._key_bytes, self._sizes = size, []
