"""The time of an incoming stream: stamps without jumps for the encoder, and its wall clock."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from showfloor.media.packets import TrackKind

START_MS: Final = 1000  # the first picture, so that nothing before it is negative
JUMP_FORWARD_MS: Final = 3000
JUMP_BACK_MS: Final = 200  # within one track stamps only ever rise, but for rounding
SOUND_LAG_MAX_MS: Final = 5000  # sound that comes later than this behind its picture is given up
SOUND_LAG_STEP_MS: Final = 100
_LAG_NOTICED_MS: Final = 40  # encoders interleave to within a frame of sound
_LAG_SETTLES_MS: Final = 250  # a lag has to last for that much picture: a hiccup ends in a burst
STEP_MS: Final = 40  # put between the last packet before a jump and the first after it
PRESSED: Final = 16  # earlier pictures follow each other so many times closer, 1-2 ms apart
DRIFT_TOLERATED_S: Final = 0.1
SLEW_SHARE: Final = 0.25  # of the drift, per segment of 2 s: the clock follows a slow encoder
SLEW_MAX_S: Final = 0.25  # per segment; 6.2.1 wants overlaps of dates well under a second
_DRIFT_FRAMES: Final = 120  # at least 2 s of frames


@dataclass(slots=True)
class _Track:
    offset_ms: int
    last_ms: int | None = None  # of the output


class Timebase:
    """Maps an encoder's stamps to a line that starts at START_MS and never jumps by more than 3 s.

    Both tracks share one offset; when a stamp jumps, the other track is moved by the same amount
    when its own jump comes, so that picture and sound stay together.
    """

    def __init__(self, first_picture_ms: int) -> None:
        self._offset_ms = START_MS - first_picture_ms
        self._tracks = {kind: _Track(self._offset_ms) for kind in TrackKind}
        self._latest_ms = START_MS
        self._joined_ms: int | None = None  # on the clock of a source that has joined

    def begin_late(self, first_picture_ms: int, joined_ms: int) -> None:
        """Begin with a source whose pictures before `joined_ms` came earlier: they are pressed
        together, from START_MS on."""
        self._join(joined_ms, START_MS - _pressed(first_picture_ms - joined_ms))

    def join(self, first_ms: int, joined_ms: int, gap_ms: int) -> None:
        """Go on with another source, whose next stamp is about `joined_ms`.

        It goes on `gap_ms` after the last packet of the one before, as time has passed. Its
        earlier pictures, from `first_ms` on, are pressed into the time before that.
        """
        gap_ms = min(gap_ms, JUMP_FORWARD_MS)
        least_ms = self._latest_ms + STEP_MS - _pressed(first_ms - joined_ms)
        self._join(joined_ms, max(self._latest_ms + gap_ms, least_ms))

    def _join(self, joined_ms: int, at_ms: int) -> None:
        self._joined_ms, self._latest_ms = joined_ms, at_ms
        self._offset_ms = at_ms - joined_ms
        self._tracks = {kind: _Track(self._offset_ms) for kind in TrackKind}

    def map_earlier(self, stamp_ms: int) -> int:
        """Return the stamp for a picture that its source gave before it joined, ms. The order of
        stamps stays, also across the moment at which it joined."""
        assert self._joined_ms is not None
        return self._joined_ms + self._offset_ms + _pressed(stamp_ms - self._joined_ms)

    def map(self, kind: TrackKind, stamp_ms: int) -> int:
        """Return the stamp for the encoder, ms."""
        track = self._tracks[kind]
        if not self._continues(track, stamp_ms + track.offset_ms):
            if not self._continues(track, stamp_ms + self._offset_ms):
                self._offset_ms = self._latest_ms + STEP_MS - stamp_ms
            track.offset_ms = self._offset_ms
        mapped = stamp_ms + track.offset_ms
        track.last_ms = mapped
        self._latest_ms = max(self._latest_ms, mapped)
        return mapped

    def _continues(self, track: _Track, mapped_ms: int) -> bool:
        before = START_MS - SOUND_LAG_MAX_MS if track.last_ms is None else track.last_ms
        return before - JUMP_BACK_MS <= mapped_ms <= self._latest_ms + JUMP_FORWARD_MS


def _pressed(distance_ms: int) -> int:
    """Return a distance from the moment of joining; before that moment it is pressed."""
    return distance_ms if distance_ms >= 0 else -(-distance_ms // PRESSED)


class SoundLag:
    """The lag of the sound behind its picture, by the order in which packets arrive.

    So a line that stalls and then brings both changes nothing. Stamps are the timebase's.
    """

    def __init__(self) -> None:
        self.settled_ms = 0  # the lag to wait for; only rises, in whole steps
        self._picture_ms = START_MS
        self._since_ms: int | None = None  # the picture at which a larger lag was first seen
        self._least_ms = 0  # of it since then

    def picture(self, stamp_ms: int) -> None:
        self._picture_ms = max(self._picture_ms, stamp_ms)

    def sound(self, stamp_ms: int) -> bool:
        """Take a sound's stamp; return whether `settled_ms` has risen."""
        lag_ms = self._picture_ms - stamp_ms
        if not self.settled_ms + _LAG_NOTICED_MS < lag_ms <= SOUND_LAG_MAX_MS:
            self._since_ms = None
            return False
        if self._since_ms is None:
            self._since_ms, self._least_ms = self._picture_ms, lag_ms
        self._least_ms = min(self._least_ms, lag_ms)
        if self._picture_ms - self._since_ms < _LAG_SETTLES_MS:
            return False
        steps = -(-(self._least_ms + _LAG_NOTICED_MS) // SOUND_LAG_STEP_MS)
        self.settled_ms = min(steps * SOUND_LAG_STEP_MS, SOUND_LAG_MAX_MS)
        self._since_ms = None
        return True


class WallClock:
    """The wall clock of a broadcast's pictures: the arrival of the first one plus exact media time.

    While arrivals drift by more than 100 ms, each segment moves it a quarter of the way towards
    them, at most 250 ms: an encoder that cannot keep up stamps less time than passes.
    """

    def __init__(self, first_picture_at: datetime) -> None:
        self._anchor = first_picture_at
        self._delays_s: deque[float] = deque(maxlen=_DRIFT_FRAMES)

    def begin_later(self, late_s: float) -> None:
        """Begin with a picture that comes so much after the first one that arrived."""
        self._anchor += timedelta(seconds=late_s)
        self._delays_s.clear()

    def arrived(self, media_s: float, at: datetime) -> None:
        """Note that the picture of this media time came at `at`."""
        self._delays_s.append((at - self._anchor).total_seconds() - media_s)

    def segment_start(self, media_s: Fraction) -> datetime:
        """Return the wall clock of a segment's first picture; call it once for each segment."""
        if len(self._delays_s) == _DRIFT_FRAMES:
            # A network only ever delays: the earliest arrival is the one nearest to the truth.
            drift_s = min(self._delays_s)
            if abs(drift_s) > DRIFT_TOLERATED_S:
                slew_s = max(-SLEW_MAX_S, min(SLEW_MAX_S, drift_s * SLEW_SHARE))
                self._anchor += timedelta(seconds=slew_s)
                self._delays_s = deque(
                    (delay - slew_s for delay in self._delays_s), maxlen=_DRIFT_FRAMES
                )
        return self._anchor + timedelta(seconds=float(media_s))
