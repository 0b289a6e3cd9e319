"""Rules across the media playlists of one multivariant playlist."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from showfloor.hls_check.findings import Finding, error, warning
from showfloor.hls_check.playlist import Playlist
from showfloor.hls_check.rules.date_ranges import ranges_of

TARGET_DIFFERS: Final = error("target-differs", "6.2.4", "all playlists have one target duration")
DATES_IN_SOME: Final = error("dates-in-some", "6.2.4", "all playlists have dates, or none")
CUT_DIFFERS: Final = error(
    "cut-differs", "6.2.4", "the same media has one Discontinuity Sequence Number everywhere"
)
RANGES_DIFFER: Final = error("ranges-differ", "6.2.4", "all playlists have the same date ranges")
CONTROL_DIFFERS: Final = error(
    "control-differs", "6.2.4", "all playlists have one EXT-X-SERVER-CONTROL"
)
NO_REPORT: Final = error("no-report", "B.1", "each playlist reports on every other")
REPORT_UNKNOWN: Final = error(
    "report-unknown", "4.4.5.4", "a report is about another playlist of this presentation"
)
REPORT_URI: Final = error("report-absolute", "4.4.5.4", "the address in a report is relative")
REPORT_WRONG: Final = error("report-wrong", "4.4.5.4", "a report tells what the other lists")
OUT_OF_SYNC: Final = warning("out-of-sync", "B.1", "playlists are updated within a part of another")
RULES: Final = (
    TARGET_DIFFERS, DATES_IN_SOME, CUT_DIFFERS, RANGES_DIFFER, CONTROL_DIFFERS, NO_REPORT,
    REPORT_UNKNOWN, REPORT_URI, REPORT_WRONG, OUT_OF_SYNC,
)  # fmt: skip


def check(playlists: Sequence[Playlist]) -> Iterator[Finding]:
    """`playlists`: the media playlists, in the order in which they were read."""
    if not playlists:
        return
    first = playlists[0]
    for other in playlists[1:]:
        yield from _alike(first, other)
    for before, after in pairwise(playlists):
        yield from _ranges(before, after)
    for place, playlist in enumerate(playlists):
        yield from _reports(playlist, playlists, place)


def _alike(first: Playlist, other: Playlist) -> Iterator[Finding]:
    if other.target_s != first.target_s:
        yield Finding(TARGET_DIFFERS, other.url, 0, f"{other.target_s}, not {first.target_s}")
    has_dates = other.first("EXT-X-PROGRAM-DATE-TIME") is not None
    if has_dates is not (first.first("EXT-X-PROGRAM-DATE-TIME") is not None):
        yield Finding(DATES_IN_SOME, other.url)
    controls = [playlist.control for playlist in (first, other)]
    if [dict(tag.attributes) if tag else None for tag in controls[:1]] != [
        dict(tag.attributes) if tag else None for tag in controls[1:]
    ] and first.is_ended is other.is_ended:
        yield Finding(CONTROL_DIFFERS, other.url, controls[1].line if controls[1] else 0)
    cuts = {segment.starts_at: segment.dsn for segment in first.segments if segment.starts_at}
    for segment in other.segments:
        if segment.starts_at and cuts.get(segment.starts_at, segment.dsn) != segment.dsn:
            yield Finding(
                CUT_DIFFERS, other.url, segment.line,
                f"{segment.dsn}, not {cuts[segment.starts_at]}",
            )  # fmt: skip
            return


def _ranges(before: Playlist, after: Playlist) -> Iterator[Finding]:
    """Compare two that were read one after the other: something may have been added between."""
    first, second = ranges_of(before), ranges_of(after)
    start = after.segments[0].starts_at if after.segments else None
    for name, attributes in first.items():
        if name not in second:
            yield Finding(RANGES_DIFFER, after.url, 0, f"{name} is missing")
        elif any(second[name].get(key) != value for key, value in attributes.items()):
            yield Finding(RANGES_DIFFER, after.url, 0, f"{name} differs")
    if start is not None and before.is_ended and set(second) - set(first):
        yield Finding(RANGES_DIFFER, before.url, 0, ", ".join(sorted(set(second) - set(first))))


def _reports(playlist: Playlist, playlists: Sequence[Playlist], place: int) -> Iterator[Finding]:
    reports = playlist.all("EXT-X-RENDITION-REPORT")
    others = {other.url.partition("?")[0]: n for n, other in enumerate(playlists) if n != place}
    told = set()
    for tag in reports:
        uri = tag.text("URI")
        if uri.startswith("/") or "://" in uri:
            yield Finding(REPORT_URI, playlist.url, tag.line, uri)
        url = playlist.address(uri).partition("?")[0]
        told.add(url)
        if url not in others:
            yield Finding(REPORT_UNKNOWN, playlist.url, tag.line, uri)
            continue
        own = playlist.position
        msn = tag.number("LAST-MSN")
        part = tag.number("LAST-PART")
        reported = (int(msn if msn is not None else own[0]), int(part if part is not None else -1))
        other = playlists[others[url]]
        # Read later, it lists as much or more; read earlier, as much or less.
        is_later = others[url] > place
        behind, ahead = other.position < reported, other.position > reported
        if behind if is_later else ahead:
            yield Finding(
                REPORT_WRONG, playlist.url, tag.line, f"{reported}, but {uri} has {other.position}"
            )
        if abs(_parts_apart(playlist, own, reported)) > 1:
            yield Finding(OUT_OF_SYNC, playlist.url, tag.line, f"{uri} {reported}, own {own}")
    if playlist.has_parts and not playlist.is_ended:
        for url in sorted(set(others) - told):
            yield Finding(NO_REPORT, playlist.url, 0, url.rpartition("/")[2])


def _parts_apart(playlist: Playlist, own: tuple[int, int], other: tuple[int, int]) -> int:
    """Return how many parts lie between two positions, which are at most a segment apart."""
    if own[0] == other[0]:
        return other[1] - own[1]
    earlier, later = sorted((own, other))
    if later[0] - earlier[0] > 1:
        return 99
    counts = {segment.msn: len(segment.parts) for segment in playlist.segments}
    left = counts.get(earlier[0], earlier[1] + 1) - 1 - earlier[1]
    return left + later[1] + 1
