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
    """Media time of one channel's newest broadcast; feed it the lines of the index."""

    broadcast: int = 0
    began_s: Fraction = Fraction(0)  # media time at which the newest segment begins
    long_s: Fraction = Fraction(0)  # of the newest segment
    picture_at: datetime | None = None  # of its first picture

    def feed(self, lines: Iterable[Mapping[str, Any]]) -> None:
        for line in lines:
            if "msn" not in line:
                continue
            if line["broadcast"] != self.broadcast:
                self.broadcast, self.began_s = line["broadcast"], Fraction(0)
            else:
                self.began_s += self.long_s
            self.long_s = Fraction(line["duration"])
            self.picture_at = parse_iso(line["pdt"])

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
