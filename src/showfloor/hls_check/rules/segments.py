"""Rules for the segments of one media playlist and for their dates."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

from showfloor.hls_check.findings import Finding, error, hint, warning
from showfloor.hls_check.playlist import Playlist, Segment, as_moment

NO_TARGET: Final = error("no-target-duration", "4.4.3.1", "a whole EXT-X-TARGETDURATION")
TOO_LONG: Final = error("segment-too-long", "4.4.3.1", "no EXTINF rounds to more than the target")
NO_EXTINF: Final = error("no-extinf", "4.4.4.1", "each segment has an EXTINF")
NO_MAP: Final = error("no-map", "3.1.2", "fragmented MPEG-4 has an EXT-X-MAP")
BAD_DATE: Final = error("bad-date", "4.4.4.6", "a program date time is ISO 8601")
DATE_ZONE: Final = hint(
    "date-zone", "4.4.4.6", "a program date time has a time zone and milliseconds"
)
UNDATED_CUT: Final = warning("undated-cut", "6.2.1", "a discontinuity comes with its date")
DATE_BACK: Final = error("date-back", "6.2.1", "no date belongs to two segments")
DATE_DRIFT: Final = warning("date-drift", "4.4.4.6", "dates and durations agree within a segment")
LIVE_TYPE: Final = error("live-vod", "6.2.2", "a live playlist is not of type VOD")
SHORT: Final = warning("short-window", "6.2.2", "a live playlist holds three target durations")
RULES: Final = (
    NO_TARGET, TOO_LONG, NO_EXTINF, NO_MAP, BAD_DATE, DATE_ZONE, UNDATED_CUT, DATE_BACK, DATE_DRIFT,
    LIVE_TYPE, SHORT,
)  # fmt: skip

OVERLAP: Final = timedelta(seconds=1)  # sub-second overlaps are allowed
DRIFT: Final = timedelta(seconds=1)


def check(playlist: Playlist) -> Iterator[Finding]:
    target = playlist.target_s
    if target is None or target != int(target) or target <= 0:
        tag = playlist.first("EXT-X-TARGETDURATION")
        yield Finding(NO_TARGET, playlist.url, tag.line if tag else 0)
    for segment in playlist.segments:
        yield from _segment(playlist, segment, target)
    yield from _dates(playlist)
    kind = playlist.first("EXT-X-PLAYLIST-TYPE")
    if not playlist.is_ended:
        if kind is not None and kind.value == "VOD":
            yield Finding(LIVE_TYPE, playlist.url, kind.line)
        slid = playlist.first_msn > 0 and not playlist.skipped
        if slid and target and playlist.duration_s < 3 * target:
            yield Finding(SHORT, playlist.url, 0, f"{playlist.duration_s:.1f} s")


def _segment(playlist: Playlist, segment: Segment, target: float | None) -> Iterator[Finding]:
    if segment.uri and segment.duration_s is None:
        yield Finding(NO_EXTINF, playlist.url, segment.line)
    # Half a second more still rounds down to the target (6.2.1).
    if target and segment.duration_s is not None and segment.duration_s >= target + 0.5:
        yield Finding(TOO_LONG, playlist.url, segment.line, f"{segment.duration_s} s")
    uri = segment.uri or segment.parts[0].uri
    is_fragment = urlsplit(playlist.address(uri)).path.endswith((".m4s", ".mp4", ".cmfv", ".cmfa"))
    # In a delta update the map may stand in the part that was left out.
    if is_fragment and not segment.map_uri and not playlist.skipped:
        yield Finding(NO_MAP, playlist.url, segment.line)


def _dates(playlist: Playlist) -> Iterator[Finding]:
    tags = playlist.all("EXT-X-PROGRAM-DATE-TIME")
    for tag in tags:
        if as_moment(tag.value) is None:
            yield Finding(BAD_DATE, playlist.url, tag.line, tag.value)
        elif "." not in tag.value or not (tag.value.endswith("Z") or tag.value[-6] in "+-"):
            yield Finding(DATE_ZONE, playlist.url, tag.line, tag.value)
    for before, after in pairwise(playlist.segments):
        if after.discontinuity and tags and after.pdt is None:
            yield Finding(UNDATED_CUT, playlist.url, after.line)
        if after.pdt is None or before.ends_at is None or before.starts_at is None:
            continue
        overlap = before.ends_at - after.pdt
        if overlap >= OVERLAP or after.pdt <= before.starts_at:
            yield Finding(DATE_BACK, playlist.url, after.line, f"{overlap.total_seconds():.3f} s")
        elif not after.discontinuity and -overlap >= DRIFT:
            yield Finding(DATE_DRIFT, playlist.url, after.line, f"{-overlap.total_seconds():.3f} s")
