"""HLS playlists as text: values in, exact text out. Clauses: draft-pantos-hls-rfc8216bis.

Addresses are relative to the show's folder, `/hls/<slug>/` or its preview.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from showfloor.kernel.clock import iso_ms
from showfloor.media.packaging.segmenter import PART_TARGET_S, SEGMENT_S

# 6.2.1: no higher than the tags need (8). A multivariant playlist needs none.
PLAIN_VERSION: Final = 3  # a length with a fraction
VERSION: Final = 6  # EXT-X-MAP
DELTA_VERSION: Final = 9  # EXT-X-SKIP
TARGET_DURATION_S: Final = SEGMENT_S
HOLD_BACK_S: Final = 3 * TARGET_DURATION_S
PART_HOLD_BACK_S: Final = 3 * PART_TARGET_S
# Staff see the picture one part before the public (the least that 4.4.3.8 allows). So a highlight
# that they choose reaches the viewers before its picture does.
PREVIEW_PART_HOLD_BACK_S: Final = 2 * PART_TARGET_S
CAN_SKIP_UNTIL_S: Final = 6 * TARGET_DURATION_S
PARTS_LISTED_S: Final = 3 * TARGET_DURATION_S  # parts stay listed that far from the end (6.2.2)

_PART_INF: Final = f"#EXT-X-PART-INF:PART-TARGET={float(PART_TARGET_S):.3f}"


@dataclass(frozen=True, slots=True)
class ListedPart:
    uri: str
    duration: Fraction
    independent: bool


@dataclass(frozen=True, slots=True)
class ListedSegment:
    """A segment as a playlist lists it; `uri` is empty for the one that is not complete yet.
    `map_uri`: the init segment. `is_gap`: it was lost, but its number is kept."""

    uri: str
    map_uri: str
    pdt: datetime
    duration: Fraction
    discontinuity: bool = False
    is_gap: bool = False
    parts: tuple[ListedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class RenditionReport:
    uri: str
    last_msn: int
    last_part: int


@dataclass(frozen=True, slots=True)
class DateRange:
    """Something that happens from one picture to another, for players that do not follow the
    timeline (4.4.5.1). `end` is None as long as it is not known. `attributes`: names without their
    prefix, and texts; `rendered`: attributes of the specification, as they are written."""

    id: str
    kind: str
    start: datetime
    end: datetime | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    rendered: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """The playlist of one rung. Fields after `segments` are for a live playlist only, but `ranges`,
    `start_offset` and `prefix`, the way from the playlist to the show's folder."""

    first_msn: int
    discontinuity_sequence: int
    segments: Sequence[ListedSegment]
    ended: bool = False
    open_segment: ListedSegment | None = None
    hint_uri: str = ""
    hint_map_uri: str = ""  # of the hinted part
    reports: Sequence[RenditionReport] = ()
    part_hold_back_s: Fraction = PART_HOLD_BACK_S
    start_offset: Fraction | None = None  # s; players begin there exactly (4.4.2.2)
    ranges: Sequence[DateRange] = ()
    prefix: str = ""
    is_event: bool = False  # nothing ever leaves it (4.4.3.5), and it has no parts


def skippable(segments: Sequence[ListedSegment], open_segment: ListedSegment | None) -> int:
    """Return the count of segments that a delta update leaves out: those that end before the Skip
    Boundary (4.4.5.2), counted from the end. The segment at the boundary is sent."""
    distance = (
        sum((part.duration for part in open_segment.parts), Fraction(0))
        if (open_segment)
        else Fraction(0)
    )
    for back, segment in enumerate(reversed(segments)):
        if distance >= CAN_SKIP_UNTIL_S:
            return len(segments) - back
        distance += segment.duration
    return 0


def render_media(playlist: MediaPlaylist, *, skip: bool = False) -> str:
    """Return the playlist; with `skip`, a delta update if that saves anything (6.2.5.1)."""
    segments, skipped = playlist.segments, 0
    if skip and not playlist.ended:
        skipped = skippable(segments, playlist.open_segment)
    lines = _head_lines(playlist, skipped)
    # In a delta update the map in force carries over from the client's copy.
    map_uri = segments[skipped - 1].map_uri if skipped else ""
    for segment in segments[skipped:]:
        lines += _segment_lines(segment, map_uri, playlist.prefix)
        map_uri = segment.map_uri
    lines += ["#EXT-X-ENDLIST"] if playlist.ended else _live_lines(playlist, map_uri)
    return "\n".join(lines) + "\n"


def _head_lines(playlist: MediaPlaylist, skipped: int) -> list[str]:
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_version(playlist, skipped)}",
        f"#EXT-X-TARGETDURATION:{TARGET_DURATION_S}",
    ]
    if playlist.is_event:
        lines += [_EVENT_CONTROL, "#EXT-X-PLAYLIST-TYPE:EVENT"]
    # A player at the live edge of an ending show still loads its last parts as parts.
    elif not playlist.ended or any(segment.parts for segment in playlist.segments):
        lines += [_server_control(playlist.part_hold_back_s), _PART_INF]
    lines.append(f"#EXT-X-MEDIA-SEQUENCE:{playlist.first_msn}")
    lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{playlist.discontinuity_sequence}")
    lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    if playlist.start_offset is not None:
        offset = float(playlist.start_offset)
        lines.append(f"#EXT-X-START:TIME-OFFSET={offset:.5f},PRECISE=YES")
    lines += _range_lines(playlist)
    if skipped:
        lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}")
    return lines


def _version(playlist: MediaPlaylist, skipped: int) -> int:
    """Captions have no init segments, so they need no newer version."""
    if skipped:
        return DELTA_VERSION
    has_map = any(one.map_uri for one in playlist.segments) or bool(playlist.hint_map_uri)
    return VERSION if has_map or not playlist.segments else PLAIN_VERSION


def _live_lines(playlist: MediaPlaylist, map_uri: str) -> list[str]:
    """Return what a playlist tells of the media that is still coming; `map_uri`: the last
    segment's."""
    lines = []
    if playlist.open_segment is not None:
        lines += _segment_lines(playlist.open_segment, map_uri, playlist.prefix)
        map_uri = playlist.open_segment.map_uri
    if playlist.hint_map_uri not in {"", map_uri}:
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="{playlist.hint_map_uri}"')
    if playlist.hint_uri:
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{playlist.hint_uri}"')
    return lines + [
        f'#EXT-X-RENDITION-REPORT:URI="{report.uri}",LAST-MSN={report.last_msn}'
        f",LAST-PART={report.last_part}"
        for report in playlist.reports
    ]


_EVENT_CONTROL: Final = (
    f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK={HOLD_BACK_S}"
    f",CAN-SKIP-UNTIL={CAN_SKIP_UNTIL_S}"
)


def _range_lines(playlist: MediaPlaylist) -> list[str]:
    """Return the date ranges whose dates are listed or still come: a range may leave with the last
    segment that it maps to (6.2.1)."""
    first = playlist.segments[0].pdt if playlist.segments else None
    return [
        _range_line(one)
        for one in playlist.ranges
        if first is not None and (one.end is None or one.end >= first)
    ]


def ranges_within(
    ranges: Sequence[DateRange], start: datetime | None, end: datetime | None
) -> list[DateRange]:
    """Return the ranges that have a picture between two moments; None is no bound."""
    return [
        one
        for one in ranges
        if (start is None or one.end is None or one.end > start)
        and (end is None or one.start < end)
    ]


def _range_line(one: DateRange) -> str:
    line = f'#EXT-X-DATERANGE:ID="{_quotable(one.id)}",CLASS="{_quotable(one.kind)}"'
    line += f',START-DATE="{iso_ms(one.start)}"'
    if one.end is not None:
        line += f',END-DATE="{iso_ms(one.end)}"'
    line += "".join(f",{name}={value}" for name, value in one.rendered)
    for name, text in one.attributes:
        line += f',X-SHOWFLOOR-{name}="{_quotable(text)}"'
    return line


def _quotable(text: str) -> str:
    """Return a text as a quoted string may hold it (4.2): no quotation mark and no line break."""
    return " ".join(text.replace('"', "\u201d").split())


def _server_control(part_hold_back_s: Fraction) -> str:
    return (
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES"
        f",PART-HOLD-BACK={float(part_hold_back_s):.3f}"
        f",HOLD-BACK={HOLD_BACK_S},CAN-SKIP-UNTIL={CAN_SKIP_UNTIL_S}"
    )


def _segment_lines(segment: ListedSegment, map_uri: str, prefix: str) -> list[str]:
    """Return a segment's tags, all before its first part (4.4.4.9 and Appendix B.1)."""
    lines = []
    if segment.discontinuity:
        lines.append("#EXT-X-DISCONTINUITY")
    if segment.map_uri != map_uri:
        lines.append(f'#EXT-X-MAP:URI="{prefix}{segment.map_uri}"')
    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{iso_ms(segment.pdt)}")
    for part in segment.parts:
        independent = ",INDEPENDENT=YES" if part.independent else ""
        lines.append(
            f'#EXT-X-PART:DURATION={float(part.duration):.5f}{independent},URI="{prefix}{part.uri}"'
        )
    if segment.is_gap:
        lines.append("#EXT-X-GAP")
    if segment.uri:
        lines += [f"#EXTINF:{float(segment.duration):.5f},", f"{prefix}{segment.uri}"]
    return lines
