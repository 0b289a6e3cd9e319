"""How far picture and sound come apart in three hours in which the clocks of one sender do.

Each packet of the three hours goes through the product's clock of an RTP source and the timebase
before the encoder, as fast as they can take it. What was recorded at one moment should leave at
one moment. The sender's reports come every second and its network delays packets by up to 30 ms.
The baseline of the same run is the same sender without reports, whose drift nobody can know.
"""

import random
from collections.abc import Iterator

from benchmarks.figures import Figure
from showfloor.media.encoding.timebase import Timebase
from showfloor.media.packets import TrackKind
from showfloor.media.rtp.source_clock import SourceClock

LASTS_S = 3 * 3600
HZ = {TrackKind.VIDEO: 90_000, TrackKind.AUDIO: 48_000}
PER_S = {TrackKind.VIDEO: 30, TrackKind.AUDIO: 50}
SHARED_PER_S = 10  # moments of a second at which a picture and a packet of sound begin together
PPM = 100e-6
PAIRS = ((PPM, -PPM), (-PPM, PPM))  # of the picture's clock, of the sound's
JITTER_S = 0.03
WALL_S = 1e9  # of the sender's wall clock at the beginning
FIGURES = ("av_skew_ms", "av_skew_without_reports_ms")


def run() -> Iterator[Figure]:
    measured = [_skews_ms(pair, reports=True) for pair in PAIRS]
    blind = _skews_ms(PAIRS[0], reports=False)
    yield Figure("av_skew_ms", max(max(skews) for skews in measured), "ms", "<= 40")
    yield Figure("av_skew_without_reports_ms", max(blind), "ms")


def _skews_ms(ppm: tuple[float, float], *, reports: bool) -> list[int]:
    """Return how far apart picture and sound of each shared moment leave, ms, in their order."""
    sender = _Sender(dict(zip(TrackKind, ppm, strict=True)))
    skews = []
    for second in range(LASTS_S):
        if reports:
            sender.report(second)
        left = {kind: sender.send(kind, second) for kind in TrackKind}
        for n in range(SHARED_PER_S):
            picture, sound = (left[kind][n * PER_S[kind] // SHARED_PER_S] for kind in TrackKind)
            if picture is not None and sound is not None:
                skews.append(abs(picture - sound))
    return skews


class _Sender:
    def __init__(self, ppm: dict[TrackKind, float]) -> None:
        self._ticks_per_s = {kind: HZ[kind] * (1 + ppm[kind]) for kind in TrackKind}
        self._clock = SourceClock(frozenset(TrackKind))
        self._timebase: Timebase | None = None
        self._delays = random.Random(1)

    def report(self, second: int) -> None:
        for kind, rate in self._ticks_per_s.items():
            self._clock.reported(kind, WALL_S + second, round(second * rate))

    def send(self, kind: TrackKind, second: int) -> list[int | None]:
        """Send the packets of a second; return the stamps with which they reach the encoder, ms.
        None: the source's clock has not started."""
        left: list[int | None] = []
        for n in range(PER_S[kind]):
            at_s = second + n / PER_S[kind]
            arrives_s = at_s + self._delays.random() * JITTER_S
            stamp = round(at_s * self._ticks_per_s[kind])
            stamp_ms = self._clock.stamp_ms(kind, stamp, HZ[kind], arrives_s)
            if self._timebase is None and stamp_ms is not None and kind is TrackKind.VIDEO:
                self._timebase = Timebase(stamp_ms)
            if self._timebase is None or stamp_ms is None:
                left.append(None)
            else:
                left.append(self._timebase.map(kind, stamp_ms))
        return left
