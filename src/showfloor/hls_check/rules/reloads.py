"""Rules across two versions of one media playlist, and for delta updates."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from showfloor.hls_check.findings import Finding, error, warning
from showfloor.hls_check.playlist import Playlist, Segment, as_moment
from showfloor.hls_check.rules.date_ranges import ranges_of

TARGET_CHANGED: Final = error("target-changed", "6.2.1", "the target duration never changes")
SEQUENCE_BACK: Final = error("sequence-back", "6.2.2", "EXT-X-MEDIA-SEQUENCE never decreases")
SEGMENT_CHANGED: Final = error("segment-changed", "6.2.1", "a listed segment does not change")
PART_CHANGED: Final = error("part-changed", "6.2.1", "a listed part does not change")
CUTS_CHANGED: Final = error(
    "cuts-changed", "6.2.2", "a segment keeps its Discontinuity Sequence Number"
)
EVENT_SHORTER: Final = error("event-shorter", "6.2.1", "an EVENT playlist loses no segment")
AFTER_END: Final = error("after-end", "6.2.1", "an ended playlist gets nothing more")
RANGE_REMOVED: Final = error(
    "range-removed", "6.2.1", "a date range stays as long as its dates are listed"
)
RANGE_CHANGED: Final = error("range-changed", "4.4.5.1", "a date range only gets more attributes")
HINT_BROKEN: Final = error("hint-broken", "6.2.6", "the hinted part is the next part")
NO_MAP_HINT: Final = error(
    "no-map-hint", "B.1", "a hinted part with another init segment comes with a hint of that, too"
)
NOT_ADVANCED: Final = warning(
    "not-advanced", "6.2.5.2", "a blocking reload is answered with what it asked for"
)
LATE_SEGMENT: Final = error(
    "segment-late", "6.2.1", "a segment comes within 1.5 target durations of the one before"
)
NO_DELTA: Final = error("no-delta", "6.2.5.1", "a server with CAN-SKIP-UNTIL answers _HLS_skip")
DELTA_DIFFERS: Final = error(
    "delta-differs", "6.2.5.1", "a delta update completes the client's copy"
)
DELTA_TOO_MUCH: Final = error(
    "delta-too-much", "6.2.5.1", "nothing behind the skip boundary is left out"
)
RULES: Final = (
    TARGET_CHANGED, SEQUENCE_BACK, SEGMENT_CHANGED, PART_CHANGED, CUTS_CHANGED, EVENT_SHORTER,
    AFTER_END, RANGE_REMOVED, RANGE_CHANGED, HINT_BROKEN, NO_MAP_HINT,
    NOT_ADVANCED, LATE_SEGMENT, NO_DELTA,
    DELTA_DIFFERS, DELTA_TOO_MUCH,
)  # fmt: skip

TIMING_SLACK_S: Final = 0.5  # of the request's own way


def check(before: Playlist, after: Playlist) -> Iterator[Finding]:
    """Compare two whole versions of a playlist, read one after the other."""
    url = after.url
    if after.target_s != before.target_s:
        yield Finding(TARGET_CHANGED, url, 0, f"{before.target_s}, now {after.target_s}")
    if after.first_msn < before.first_msn:
        yield Finding(SEQUENCE_BACK, url, 0, f"{before.first_msn}, now {after.first_msn}")
    kind = after.first("EXT-X-PLAYLIST-TYPE")
    if kind is not None and kind.value == "EVENT" and after.first_msn > before.first_msn:
        yield Finding(EVENT_SHORTER, url, kind.line)
    if before.is_ended and len(after.segments) > len(before.segments):
        yield Finding(AFTER_END, url)
    yield from _segments(before, after)
    yield from _ranges(before, after)
    yield from _hint(before, after)


def _segments(before: Playlist, after: Playlist) -> Iterator[Finding]:
    known = {segment.msn: segment for segment in before.segments}
    for segment in after.segments:
        old = known.get(segment.msn)
        if old is None:
            continue
        if old.uri and (old.uri, old.duration_s) != (segment.uri, segment.duration_s):
            yield Finding(SEGMENT_CHANGED, after.url, segment.line, f"number {segment.msn}")
        if old.dsn != segment.dsn:
            yield Finding(CUTS_CHANGED, after.url, segment.line, f"{old.dsn}, now {segment.dsn}")
        for was, now in zip(old.parts, segment.parts, strict=False):
            if (was.uri, was.duration_s) != (now.uri, now.duration_s):
                yield Finding(PART_CHANGED, after.url, now.line, was.uri)


def _ranges(before: Playlist, after: Playlist) -> Iterator[Finding]:
    now = ranges_of(after)
    for name, attributes in ranges_of(before).items():
        if name not in now:
            if _is_listed(attributes, after):
                yield Finding(RANGE_REMOVED, after.url, 0, name)
            continue
        for key, value in attributes.items():
            if now[name].get(key, value) != value:
                yield Finding(RANGE_CHANGED, after.url, 0, f"{name} {key}")


def _is_listed(attributes: dict[str, str], playlist: Playlist) -> bool:
    """Return whether a date of a range maps to a segment of the playlist."""
    start = as_moment(attributes.get("START-DATE", "").strip('"'))
    end = as_moment(attributes.get("END-DATE", "").strip('"'))
    if start is None:
        return False
    return any(_overlaps(segment, start, end) for segment in playlist.segments)


def _overlaps(segment: Segment, start: datetime, end: datetime | None) -> bool:
    begins, ends = segment.starts_at, segment.ends_at
    if begins is None or ends is None:
        return False
    return start < ends and (start >= begins if end is None else end > begins)


def _hint(before: Playlist, after: Playlist) -> Iterator[Finding]:
    hinted = [
        tag.text("URI") for tag in before.all("EXT-X-PRELOAD-HINT") if tag.text("TYPE") == "PART"
    ]
    if not hinted:
        return
    msn, index = before.next_position
    segment = next((one for one in after.segments if one.msn == msn), None)
    if segment is None or len(segment.parts) <= index:
        return  # nothing came, or its parts have left
    if segment.parts[index].uri == hinted[0]:
        known = {one.map_uri for one in before.segments[-1:]}
        hints = before.all("EXT-X-PRELOAD-HINT")
        known |= {tag.text("URI") for tag in hints if tag.text("TYPE") == "MAP"}
        if segment.map_uri not in known:
            yield Finding(NO_MAP_HINT, after.url, segment.line, segment.map_uri)
    elif not segment.discontinuity:  # no hint foresees a change of the source
        yield Finding(HINT_BROKEN, after.url, segment.parts[index].line, hinted[0])


def check_blocking(after: Playlist, asked: tuple[int, int | None]) -> Iterator[Finding]:
    """Look whether a blocking reload was answered with the position that it asked for."""
    msn, part = asked
    last_msn, last_part = after.position
    complete_msn = after.complete[-1].msn if after.complete else after.first_msn - 1
    is_there = complete_msn >= msn or (
        part is not None and (last_msn, last_part) >= (msn, part)
    )  # fmt: skip
    if not is_there and not after.is_ended:
        yield Finding(NOT_ADVANCED, after.url, 0, f"asked {asked}, got {after.position}")


def check_cadence(playlist: Playlist, waited_s: float) -> Iterator[Finding]:
    """`waited_s`: for how long no new segment has been listed."""
    target = playlist.target_s
    if target and not playlist.is_ended and waited_s > 1.5 * target + TIMING_SLACK_S:
        yield Finding(LATE_SEGMENT, playlist.url, 0, f"{waited_s:.1f} s")


def check_delta(full: Playlist, delta: Playlist) -> Iterator[Finding]:
    """Compare a delta update with the whole playlist that was read just before it."""
    until = full.control.number("CAN-SKIP-UNTIL") if full.control else None
    if until is None or delta.is_ended:
        return
    if not delta.skipped:
        first = full.segments[0].length_s if full.segments else 0.0
        if full.duration_s - until > first:
            yield Finding(NO_DELTA, delta.url)
        return
    left_s = delta.duration_s
    if left_s < until:
        yield Finding(DELTA_TOO_MUCH, delta.url, 0, f"{left_s:.1f} s are left of {until} s")
    known = {segment.msn: segment for segment in full.segments}
    expected_first = delta.first_msn + delta.skipped
    if delta.segments and delta.segments[0].msn != expected_first:
        yield Finding(DELTA_DIFFERS, delta.url, 0, "the count of skipped segments")
    for segment in delta.segments:
        old = known.get(segment.msn)
        if old is not None and old.uri and old.uri != segment.uri:
            yield Finding(DELTA_DIFFERS, delta.url, segment.line, f"number {segment.msn}")
            return
    gaps = set(range(full.first_msn, expected_first)) - set(known)
    if full.segments and expected_first > full.segments[-1].msn + 1:
        yield Finding(DELTA_DIFFERS, delta.url, 0, f"{len(gaps)} segments were never listed")
