"""The clock of a show's recording: seconds of its media, and the moments of its pictures.

The gaps between broadcasts are not in the recording, so a second of its media is not always as many
seconds after the start.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from showfloor.shows.models import Broadcast, Show


@dataclass(frozen=True, slots=True)
class RecordedTime:
    """`runs`: from when to when there was media, in order, without overlaps."""

    runs: Sequence[tuple[datetime, datetime]]

    @property
    def length_s(self) -> float:
        return sum((until - since).total_seconds() for since, until in self.runs)

    def moment_at(self, media_s: float) -> datetime | None:
        """Return the moment of the picture at this second of the recording; None: it is shorter."""
        left = timedelta(seconds=media_s)
        for since, until in self.runs:
            if left < until - since:
                return since + left
            left -= until - since
        return None

    def media_s(self, moment: datetime) -> float:
        """Return the second of the recording at which a moment's picture stands; of a moment in a
        gap, where the media goes on."""
        passed = sum(
            (min(until, moment) - since).total_seconds()
            for since, until in self.runs
            if since < moment
        )
        return max(0.0, passed)


def recorded(
    started_at: datetime, ended_at: datetime, runs: Iterable[tuple[datetime, datetime | None]]
) -> RecordedTime:
    """Return the clock of a show from `started_at` to `ended_at`; a run without an end goes on."""
    clipped = (
        (max(since, started_at), min(until or ended_at, ended_at))
        for since, until in sorted(runs, key=lambda one: one[0])
    )
    return RecordedTime([(since, until) for since, until in clipped if since < until])


type Runs = Sequence[tuple[datetime, datetime | None]]


def _none(_channel_id: str) -> Runs:
    return []


_read: Callable[[str], Runs] = _none


def use(read: Callable[[str], Runs]) -> None:
    """Let the composition tell how the recording of a channel is read: when its public segments
    begin and end."""
    global _read
    _read = read


def of_show(show: Show, *, exactly: bool = False) -> RecordedTime | None:
    """Return the clock of an ended show's recording; None without one. It is right to a second or
    two, or `exactly` so where this process can read the recording."""
    if show.started_at is None or show.ended_at is None:
        return None
    runs = _read(show.channel_id) if exactly else []
    if not runs:
        rows = Broadcast.objects.for_brand(show.brand_id).filter(show=show)
        runs = list(rows.values_list("started_at", "ended_at"))
    begins, ends = show.replay_from or show.started_at, show.replay_until or show.ended_at
    clock = recorded(begins, ends, runs)
    return clock if clock.runs else None
