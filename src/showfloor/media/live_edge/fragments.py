"""Fragments of one picture each, from the encoder's output as it comes.

Each rung's picture is one fragment, together with the sound that has come since that rung's last
one. Times count from the broadcast's first picture, as they do in its parts, but no part is waited
for: what a part groups is out here a third of a second sooner. Pure: packets in, fragments out.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Final

from showfloor.kernel.clock import to_epoch_ms, truncate_ms
from showfloor.media.packaging.fmp4 import (
    AUDIO_RATE,
    AUDIO_TRACK,
    VIDEO_TRACK,
    Sample,
    TrackRun,
    fragment,
    producer_time,
)
from showfloor.media.packaging.segmenter import (
    AUDIO_PATIENCE_S,
    SEGMENT_S,
    AudioPipe,
    frame_time,
)
from showfloor.media.packets import MediaPacket
from showfloor.media.ports import Rung

SOUND_KEPT_MAX: Final = 1000  # frames of sound that wait for the slowest rung, 21 s

# Tells the wall clock of a segment's first picture.
type SegmentClock = Callable[[int], datetime]


class LiveFragment:
    """One picture of one rung with the sound beside it. Its bytes are made when the first viewer
    takes it, and once for all of them."""

    __slots__ = ("_audio", "_body", "_sequence", "_video", "is_key", "picture_ms", "wire")

    def __init__(self, picture_ms: int, sequence: int, video: TrackRun, audio: TrackRun) -> None:
        """`picture_ms`: the moment of the picture, ms since 1970."""
        self.picture_ms = picture_ms
        self.is_key = video.samples[0].is_sync
        self.wire: bytes | None = None  # as the edge sends it; the edge keeps it here
        self._sequence = sequence
        self._video = video
        self._audio = audio
        self._body: bytes | None = None

    @property
    def body(self) -> bytes:
        """Return `prft` (the time of the picture), `moof` and `mdat`."""
        if self._body is None:
            time = producer_time(VIDEO_TRACK, self.picture_ms, self._video.time)
            self._body = time + fragment(self._sequence, (self._video, self._audio))
        return self._body


class LiveFragments:
    """Makes the fragments of one broadcast. The segmenter has judged each packet before."""

    def __init__(self, rungs: Sequence[Rung], clock: SegmentClock, *, has_audio: bool) -> None:
        self._fps = rungs[0].fps.numerator
        self._clock = clock
        self._pictures = [0] * len(rungs)  # of each rung
        self._audio = AudioPipe(has_audio=has_audio)
        self._sound: list[Sample] = []  # not taken by all rungs yet
        self._sound_time = 0  # of the first of them, in samples
        self._taken = [0] * len(rungs)  # up to where each rung has the sound, in samples
        self._segment = -1  # whose clock is known
        self._segment_ms = 0
        self._patience = 0  # samples for which silence is not put in the sound's place
        self.wait_for_sound(Fraction(0))

    def wait_for_sound(self, lag_s: Fraction) -> None:
        """Wait longer for sound: the source's sound comes that much later than its picture."""
        self._patience = int((lag_s + AUDIO_PATIENCE_S) * AUDIO_RATE)

    def sound(self, packet: MediaPacket) -> None:
        """Take a frame of the encoder's sound."""
        self._audio.take(packet)

    def picture(self, rung: int, packet: MediaPacket) -> LiveFragment:
        """Take a rung's next picture; return its fragment."""
        if self._audio.origin_ms is None:
            self._audio.start(packet.dts_ms)
        number = self._pictures[rung]
        self._pictures[rung] = number + 1
        start, end = frame_time(number, self._fps), frame_time(number + 1, self._fps)
        video = TrackRun(VIDEO_TRACK, start, [Sample(packet.data, end - start, packet.is_key)])
        self._hear(number + 1)
        return LiveFragment(self._picture_ms(number), number + 1, video, self._sound_for(rung))

    def _picture_ms(self, number: int) -> int:
        """Return the wall clock of a picture, ms since 1970."""
        segment, into = divmod(number, SEGMENT_S * self._fps)
        if segment != self._segment:
            self._segment = segment
            self._segment_ms = to_epoch_ms(truncate_ms(self._clock(segment)))
        return self._segment_ms + into * 1000 // self._fps

    def _hear(self, pictures: int) -> None:
        """Take what sound there is, and silence where it is missing for too long."""
        self._audio.fill(pictures * AUDIO_RATE // self._fps - self._patience)
        start, frames = self._audio.cut(self._audio.end)
        if not self._sound:
            self._sound_time = start
        self._sound += frames
        done = min(self._taken) - self._sound_time
        kept = 0
        while kept < len(self._sound) and (done > 0 or len(self._sound) - kept > SOUND_KEPT_MAX):
            done -= self._sound[kept].duration
            self._sound_time += self._sound[kept].duration
            kept += 1
        del self._sound[:kept]

    def _sound_for(self, rung: int) -> TrackRun:
        frames, time = self._sound, self._sound_time
        skipped = 0
        while skipped < len(frames) and time < self._taken[rung]:
            time += frames[skipped].duration
            skipped += 1
        taken = frames[skipped:]
        self._taken[rung] = time + sum(frame.duration for frame in taken)
        return TrackRun(AUDIO_TRACK, time, taken)
