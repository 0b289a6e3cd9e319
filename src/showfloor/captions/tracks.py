"""The captions of a show as tracks of its stream, for players that do not follow the timeline."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from django.conf.locale import LANG_INFO
from django.db.models import Count, Max, Q

from showfloor.accounts.database_threads import Database
from showfloor.captions.models import Caption, CaptionTranslation, SpokenLanguage
from showfloor.kernel.clock import utc_now
from showfloor.media.hls.caption_tracks import CaptionTrack, TimedCue
from showfloor.shows.models import ShowState
from showfloor.shows.show_cache import ShowCache
from showfloor.timeline.bus import Bus


class Stream(Protocol):
    def set_captions(self, tracks: tuple[CaptionTrack, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """The tracks as they were when the table looked like `mark`."""

    mark: "Mark"
    tracks: tuple[CaptionTrack, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """It changes with every caption that comes, goes, or gets other words, and with `expected`: the
    languages in which captions of a show that is not over will be written."""

    expected: tuple[str, ...] = ()
    count: int = 0
    newest: str = ""
    last_seq: int = 0
    last_change: int = 0


class CaptionTracks:
    """Keeps the captions of streams like those of their shows. Belongs to the event loop."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.kept = ShowCache[Known](database, read, Known(Mark()), monotonic=monotonic)

    def watch(self, bus: Bus) -> Callable[[], None]:
        return self.kept.watch(bus)

    async def apply(self, show_id: str, timeline_id: str, stream: Stream) -> None:
        """Give a stream the tracks that are known."""
        stream.set_captions((await self.kept.get(show_id, timeline_id)).tracks)


def read(show_id: str, before: Known | None = None) -> Known:
    """Return the tracks of a show, by language. While captions only come or change, the rows that
    are new are read and no others: a busy show is asked once a second.

    A language in which captions are ordered has its track before its first caption: players of
    others read the list of tracks once, when they are opened.
    """
    mark = _mark(show_id)
    if before is None:
        return Known(mark, _tracks(_rows(show_id), {}, None, mark.expected))
    if mark == before.mark:
        return before
    known = {cue.id: cue for track in before.tracks for cue in track.cues}
    old, arrived_at = before.mark, utc_now()
    news = Q(seq__gt=old.last_seq) | Q(changed_seq__gt=old.last_change)
    rows = list(_rows(show_id).filter(news))
    changed = {row["pk"] for row in rows}
    if len(known.keys() | changed) != mark.count or any(row["seq"] is None for row in rows):
        return Known(mark, _tracks(_rows(show_id), known, arrived_at, mark.expected))
    kept: dict[str, list[TimedCue]] = {
        track.language: [cue for cue in track.cues if cue.id not in changed]
        for track in before.tracks
    }
    for row in rows:
        kept.setdefault(row["language"], []).append(_cue(row, known, arrived_at))
    return Known(mark, _sorted(kept, mark.expected))


def _mark(show_id: str) -> Mark:
    found = _rows(show_id).aggregate(
        count=Count("pk"), newest=Max("pk"), seq=Max("seq"), change=Max("changed_seq")
    )
    return Mark(
        _expected(show_id), found["count"], found["newest"] or "", found["seq"] or 0,
        found["change"] or 0,
    )  # fmt: skip


def _expected(show_id: str) -> tuple[str, ...]:
    """Return the languages that a program listens in or translates into, while the show is not
    over."""
    ordered = [
        rows.objects.all_brands()
        .filter(show=show_id)
        .exclude(show__state=ShowState.ENDED)
        .values_list("language", flat=True)
        .order_by()
        for rows in (SpokenLanguage, CaptionTranslation)
    ]
    return tuple(sorted(ordered[0].union(ordered[1])))


def _rows(show_id: str) -> Any:
    rows = Caption.objects.all_brands().filter(show=show_id)
    return rows.values("pk", "language", "text", "starts_at", "ends_at", "seq")


def _tracks(
    rows: Iterable[dict[str, Any]], known: dict[str, TimedCue], arrived_at: datetime | None,
    expected: Sequence[str],
) -> tuple[CaptionTrack, ...]:  # fmt: skip
    found: dict[str, list[TimedCue]] = defaultdict(list)
    for row in rows:
        found[row["language"]].append(_cue(row, known, arrived_at))
    return _sorted(found, expected)


def _cue(row: dict[str, Any], known: dict[str, TimedCue], arrived_at: datetime | None) -> TimedCue:
    """Return a row's cue. One that was known before has not arrived just now; captions of a file
    never arrive."""
    cue = known.get(row["pk"])
    if cue is not None:
        return replace(cue, text=row["text"])
    seen_at = arrived_at if row["seq"] is not None else None
    return TimedCue(row["pk"], row["text"], row["starts_at"], row["ends_at"], seen_at)


def _sorted(
    cues: dict[str, list[TimedCue]], expected: Sequence[str]
) -> tuple[CaptionTrack, ...]:  # fmt: skip
    languages = {language for language, some in cues.items() if some} | set(expected)
    return tuple(
        CaptionTrack(
            language, _name(language),
            sorted(cues.get(language, ()), key=lambda cue: cue.starts_at),
        )
        for language in sorted(languages)
    )  # fmt: skip


def _name(language: str) -> str:
    """Return a language's name in itself; its tag where Django knows no name. A script or a region
    is told, because names are told apart by it."""
    base, _, rest = language.partition("-")
    whole, short = LANG_INFO.get(language.lower(), {}), LANG_INFO.get(base, {})
    if "name_local" in whole:
        return str(whole["name_local"]).capitalize()
    name = str(short.get("name_local", base)).capitalize()
    return f"{name} ({rest})" if rest else name
