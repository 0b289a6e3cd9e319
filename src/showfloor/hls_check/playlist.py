"""Playlists of any server as values. Reading is lenient: the rules say what is wrong with a text.

This module shares no code with the playlists that Showfloor writes, so that a mistake in one of
them is not repeated in the other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

LINES_MAX: Final = 200_000
_ATTRIBUTE: Final = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
# Tags whose value is a list of attributes (4.2).
WITH_ATTRIBUTES: Final = frozenset({
    "EXT-X-START", "EXT-X-DEFINE", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL", "EXT-X-KEY",
    "EXT-X-MAP", "EXT-X-PART", "EXT-X-DATERANGE", "EXT-X-SKIP", "EXT-X-PRELOAD-HINT",
    "EXT-X-RENDITION-REPORT", "EXT-X-MEDIA", "EXT-X-STREAM-INF", "EXT-X-I-FRAME-STREAM-INF",
    "EXT-X-SESSION-DATA", "EXT-X-SESSION-KEY", "EXT-X-CONTENT-STEERING",
})  # fmt: skip
# Tags of a segment that have to stand before its first part (4.4.4.9).
BEFORE_PARTS: Final = frozenset({
    "EXT-X-DISCONTINUITY", "EXT-X-KEY", "EXT-X-MAP", "EXT-X-PROGRAM-DATE-TIME",
})  # fmt: skip


@dataclass(frozen=True)
class Tag:
    """A line `#NAME:value`; `uri` is the line after a tag that describes one."""

    name: str
    value: str
    line: int

    @cached_property
    def attributes(self) -> Mapping[str, str]:
        """The attributes as they are written, quotation marks included."""
        return dict(_ATTRIBUTE.findall(self.value))

    @cached_property
    def attribute_names(self) -> list[str]:
        return [name for name, _ in _ATTRIBUTE.findall(self.value)]

    @property
    def is_well_formed(self) -> bool:
        return "".join(match.group(0) for match in _ATTRIBUTE.finditer(self.value)) == self.value

    def text(self, name: str) -> str:
        """Return an attribute without its quotation marks; empty when it is missing."""
        return self.attributes.get(name, "").strip('"')

    def number(self, name: str) -> float | None:
        return as_number(self.attributes.get(name, ""))

    def is_yes(self, name: str) -> bool:
        return self.attributes.get(name) == "YES"


@dataclass(frozen=True, slots=True)
class Part:
    line: int
    uri: str
    duration_s: float
    independent: bool
    is_gap: bool


@dataclass(slots=True)
class Segment:
    """A segment; `uri` is empty for the one at the end that has only parts yet. `dsn`: its
    Discontinuity Sequence Number (6.2.1); `starts_at`: told, or counted on from one before."""

    msn: int
    dsn: int
    line: int = 0
    uri: str = ""
    duration_s: float | None = None
    map_uri: str = ""
    starts_at: datetime | None = None
    pdt: datetime | None = None
    discontinuity: bool = False
    is_gap: bool = False
    parts: list[Part] = field(default_factory=list)
    late_tags: list[Tag] = field(default_factory=list)  # behind the first part

    @property
    def length_s(self) -> float:
        return self.duration_s if self.duration_s is not None else sum(
            part.duration_s for part in self.parts
        )  # fmt: skip

    @property
    def ends_at(self) -> datetime | None:
        return self.starts_at + timedelta(seconds=self.length_s) if self.starts_at else None


@dataclass(slots=True)
class Variant:
    """A variant of a multivariant playlist; `uri` is empty when the line after it is missing."""

    tag: Tag
    uri: str


@dataclass
class Playlist:
    """A playlist of either kind. `skipped`: segments that a delta update left out."""

    url: str
    text: str
    tags: list[Tag] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    first_msn: int = 0
    skipped: int = 0

    @property
    def is_multivariant(self) -> bool:
        return any(tag.name in {"EXT-X-STREAM-INF", "EXT-X-MEDIA"} for tag in self.tags)

    def all(self, name: str) -> list[Tag]:
        return [tag for tag in self.tags if tag.name == name]

    def first(self, name: str) -> Tag | None:
        return next((tag for tag in self.tags if tag.name == name), None)

    def number(self, name: str) -> float | None:
        tag = self.first(name)
        return as_number(tag.value) if tag else None

    def address(self, uri: str) -> str:
        """Return the address of a URI; one that is none is asked for as the name of a file, so that
        the answer becomes a finding."""
        try:
            return urljoin(self.url, uri)
        except ValueError:
            return urljoin(self.url, quote(uri, safe=""))

    @property
    def is_ended(self) -> bool:
        return self.first("EXT-X-ENDLIST") is not None

    @property
    def has_parts(self) -> bool:
        return any(segment.parts for segment in self.segments)

    @property
    def target_s(self) -> float | None:
        return self.number("EXT-X-TARGETDURATION")

    @property
    def part_target_s(self) -> float | None:
        tag = self.first("EXT-X-PART-INF")
        return tag.number("PART-TARGET") if tag else None

    @property
    def control(self) -> Tag | None:
        return self.first("EXT-X-SERVER-CONTROL")

    @property
    def can_block(self) -> bool:
        return self.control is not None and self.control.is_yes("CAN-BLOCK-RELOAD")

    @property
    def complete(self) -> list[Segment]:
        return [segment for segment in self.segments if segment.uri]

    @property
    def duration_s(self) -> float:
        return sum(segment.length_s for segment in self.segments)

    @property
    def position(self) -> tuple[int, int]:
        """The last listed segment and the last of its parts, -1 for a segment without parts."""
        if not self.segments:
            return self.first_msn - 1, -1
        last = self.segments[-1]
        return last.msn, len(last.parts) - 1

    @property
    def next_position(self) -> tuple[int, int]:
        """The segment and the part that come next."""
        if self.segments and not self.segments[-1].uri:
            return self.segments[-1].msn, len(self.segments[-1].parts)
        return self.position[0] + 1, 0


def as_number(text: str) -> float | None:
    """Return a decimal number, or None for anything else (4.2 knows no exponents)."""
    return float(text) if re.fullmatch(r"-?\d{1,20}(\.\d{1,20})?", text) else None


def as_moment(text: str) -> datetime | None:
    """Return a date and time of ISO 8601; without a time zone it is UTC (4.4.5.1)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def undirected(url: str) -> str:
    """Return an address without delivery directives (6.2.5)."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if not pair[0].startswith("_HLS_")]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def parse(url: str, text: str) -> Playlist:
    """Read a playlist of either kind."""
    playlist = Playlist(url, text)
    reader = _Reader(playlist)
    for number, line in enumerate(text.split("\n")[:LINES_MAX], 1):
        line = line.removesuffix("\r")
        if line.startswith("#EXT"):
            name, _, value = line[1:].partition(":")
            tag = Tag(name, value, number)
            playlist.tags.append(tag)
            reader.tag(tag)
        elif line and not line.startswith("#"):
            reader.uri(line, number)
    reader.end()
    return playlist


class _Reader:
    """Puts tags and addresses together."""

    def __init__(self, playlist: Playlist) -> None:
        self._playlist = playlist
        self._stream: Tag | None = None
        self._map = ""
        self._msn = self._dsn = 0
        self._next_at: datetime | None = None
        self._segment = Segment(0, 0)

    def tag(self, tag: Tag) -> None:
        segment = self._segment
        if segment.parts and tag.name in BEFORE_PARTS:
            segment.late_tags.append(tag)
        match tag.name:
            case "EXT-X-STREAM-INF":
                self._stream = tag
                self._playlist.variants.append(Variant(tag, ""))
            case "EXT-X-MEDIA-SEQUENCE":
                self._playlist.first_msn = self._msn = int(as_number(tag.value) or 0)
            case "EXT-X-DISCONTINUITY-SEQUENCE":
                self._dsn = int(as_number(tag.value) or 0)
            case "EXT-X-SKIP":
                self._playlist.skipped = int(tag.number("SKIPPED-SEGMENTS") or 0)
                self._msn += self._playlist.skipped
            case _:
                self._segment_tag(tag)

    def _segment_tag(self, tag: Tag) -> None:
        segment = self._segment
        match tag.name:
            case "EXT-X-DISCONTINUITY":
                segment.discontinuity = True
                self._dsn += 1
            case "EXT-X-MAP":
                self._map = tag.text("URI")
            case "EXT-X-GAP":
                segment.is_gap = True
            case "EXT-X-PROGRAM-DATE-TIME":
                segment.pdt = as_moment(tag.value)
            case "EXTINF":
                segment.line = tag.line
                segment.duration_s = as_number(tag.value.partition(",")[0])
            case "EXT-X-PART":
                segment.line = segment.line or tag.line
                segment.parts.append(
                    Part(
                        tag.line, tag.text("URI"), tag.number("DURATION") or 0.0,
                        tag.is_yes("INDEPENDENT"), tag.is_yes("GAP"),
                    )
                )  # fmt: skip

    def uri(self, uri: str, line: int) -> None:
        if self._stream is not None:
            self._playlist.variants[-1].uri = uri
            self._stream = None
            return
        self._segment.uri = uri
        self._segment.line = self._segment.line or line
        self._close()

    def _close(self) -> None:
        segment, self._segment = self._segment, Segment(0, 0)
        segment.msn, segment.dsn, segment.map_uri = self._msn, self._dsn, self._map
        segment.starts_at = segment.pdt or (None if segment.discontinuity else self._next_at)
        self._next_at = segment.ends_at
        self._msn += 1
        self._playlist.segments.append(segment)

    def end(self) -> None:
        if self._segment.parts:
            self._close()
