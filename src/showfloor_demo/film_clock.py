"""The clock of a live film: which moment of it the incoming picture shows.

The recording's index says when each segment's first picture came in, and how long the segments of
the broadcast before it were; the rest is time that passes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from showfloor.kernel.clock import parse_iso


@dataclass(slots=True)
class FilmClock:
    """Media time of one channel's film; feed it the lines of the index.

    A broadcast that follows another one while the encoder goes on (ours was restarted) shows the
    film where it is by then.
    """

    restarted_at: datetime | None = None  # the film begins anew with the next broadcast
    broadcast: int = 0
    began_s: Fraction = Fraction(0)  # media time at which the newest segment begins
    long_s: Fraction = Fraction(0)  # of the newest segment
    picture_at: datetime | None = None  # of its first picture

    def restart(self, now: datetime) -> None:
        """The film is sent from its beginning, from now on."""
        self.restarted_at, self.picture_at = now, None

    def feed(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Take lines of the index; those from before the film's beginning are passed over."""
        for line in lines:
            if "msn" in line:
                picture_at = parse_iso(line["pdt"])
                if self.restarted_at is None or picture_at >= self.restarted_at:
                    self._take(line, picture_at)

    def _take(self, line: Mapping[str, Any], picture_at: datetime) -> None:
        if self.picture_at is None:
            self.began_s = Fraction(0)
        elif line["broadcast"] != self.broadcast:
            self.began_s += Fraction((picture_at - self.picture_at).total_seconds())
        else:
            self.began_s += self.long_s
        self.broadcast, self.long_s = line["broadcast"], Fraction(line["duration"])
        self.picture_at = picture_at

    def media_s(self, now: datetime) -> float | None:
        """Return the media time of the picture that comes in now; None before the first one."""
        if self.picture_at is None:
            return None
        return float(self.began_s) + (now - self.picture_at).total_seconds()

    def moment(self, media_s: float) -> datetime | None:
        """Return when the picture of a media time came in."""
        if self.picture_at is None:
            return None
        return self.picture_at + timedelta(seconds=media_s - float(self.began_s))


@dataclass(slots=True)
class IndexTail:
    """Reads what was added to a recording's index since the last time."""

    path: Path
    position: int = 0

    def read(self) -> list[bytes]:
        """Return the new whole lines."""
        if not self.path.is_file():
            return []
        with self.path.open("rb") as file:
            file.seek(self.position)
            data = file.read()
        whole, newline, _rest = data.rpartition(b"\n")
        self.position += len(whole) + len(newline)
        return [line for line in whole.split(b"\n") if line]
