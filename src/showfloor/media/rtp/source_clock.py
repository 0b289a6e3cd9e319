"""The clock of a source that sends by RTP: both of its tracks in milliseconds of one line.

Each track counts its own ticks from a start of its own. Sender reports (RFC 3550, 6.4.1) say which
tick of a track belongs to which moment of the sender's wall clock, so picture and sound are related
through them, and not by their arrival. The picture's clock leads; the sound follows it by small
steps, which nobody hears, where the two drift apart.
"""

from dataclasses import dataclass
from typing import Final

from showfloor.media.packets import TrackKind

START_MS: Final = 1000
REPORTS_WAIT_S: Final = 2.0  # senders report within a second
SLEW_MS: Final = 1  # for each packet of sound, thus 5 %
APART_MAX_MS: Final = 5000  # reports that say more contradict the arrival, and are not believed


@dataclass(slots=True)
class _Track:
    rate: int  # ticks/s
    first_at: float
    first_stamp: int
    offset_ms: float = 0.0  # of the source's line to the track's own
    reported: tuple[float, int] | None = None  # the sender's wall clock, s, at a tick

    def own_ms(self, stamp: int) -> float:
        return (stamp - self.first_stamp) * 1000 / self.rate

    def wall_ms(self, stamp: int) -> float | None:
        if self.reported is None:
            return None
        wall_s, tick = self.reported
        return wall_s * 1000 + (stamp - tick) * 1000 / self.rate


class SourceClock:
    """`stamp_ms` maps a track's ticks; it gives nothing until the tracks are related."""

    def __init__(self, kinds: frozenset[TrackKind]) -> None:
        self._kinds = kinds
        self._tracks: dict[TrackKind, _Track] = {}
        self._is_started = False

    def reported(self, kind: TrackKind, wall_s: float, stamp: int) -> None:
        """Note a sender report: at `stamp` the sender's wall clock showed `wall_s`."""
        track = self._tracks.get(kind)
        if track is not None:
            track.reported = (wall_s, stamp)

    def stamp_ms(self, kind: TrackKind, stamp: int, rate: int, now: float) -> int | None:
        """Return the time of a packet in ms; None before the clock has started."""
        track = self._tracks.get(kind)
        if track is None:
            track = self._tracks[kind] = _Track(rate, now, stamp)
            self._place_by_arrival(track)
        if not self._is_started and not self._start(now):
            return None
        if kind is TrackKind.AUDIO:
            self._follow_picture(track, stamp)
        return round(track.own_ms(stamp) + track.offset_ms)

    def _start(self, now: float) -> bool:
        known = self._tracks.values()
        is_related = len(known) == len(self._kinds) and all(one.reported for one in known)
        waited_s = now - min(one.first_at for one in known)
        if not is_related and waited_s < REPORTS_WAIT_S:
            return False
        self._is_started = True
        sound = self._tracks.get(TrackKind.AUDIO)
        if sound is not None:
            sound.offset_ms += self._apart_ms(sound, sound.first_stamp) or 0
        return True

    def _place_by_arrival(self, track: _Track) -> None:
        first = next(iter(self._tracks.values()))
        track.offset_ms = START_MS + (track.first_at - first.first_at) * 1000

    def _follow_picture(self, sound: _Track, stamp: int) -> None:
        apart_ms = self._apart_ms(sound, stamp)
        if apart_ms is not None:
            sound.offset_ms += max(-SLEW_MS, min(SLEW_MS, apart_ms))

    def _apart_ms(self, sound: _Track, stamp: int) -> float | None:
        """Return by how much the sound's line is to be moved, by the reports of both tracks."""
        picture = self._tracks.get(TrackKind.VIDEO)
        wall_ms = sound.wall_ms(stamp)
        if picture is None or picture.reported is None or wall_ms is None:
            return None
        wall_s, tick = picture.reported
        picture_ms = picture.own_ms(tick) + picture.offset_ms + wall_ms - wall_s * 1000
        apart_ms = picture_ms - (sound.own_ms(stamp) + sound.offset_ms)
        return apart_ms if abs(apart_ms) < APART_MAX_MS else None
