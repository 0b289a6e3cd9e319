"""Rules for EXT-X-DATERANGE."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from showfloor.hls_check.findings import Finding, error, hint
from showfloor.hls_check.playlist import Playlist, Tag, as_moment

NO_ID: Final = error("range-id", "4.4.5.1", "a date range has an ID")
NO_START: Final = error("range-start", "4.4.5.1", "the first tag of a date range has a START-DATE")
BAD_RANGE_DATE: Final = error("range-date", "4.4.5.1", "dates of a range are ISO 8601")
NO_PROGRAM_DATE: Final = error(
    "range-without-dates", "4.4.5.1", "date ranges come with program date times"
)
NEGATIVE: Final = error("range-negative", "4.4.5.1", "a date range ends after its start")
TWO_ENDS: Final = error("range-two-ends", "4.4.5.1", "END-DATE is START-DATE plus DURATION")
CHANGED_IN_PLAYLIST: Final = error(
    "range-contradicts", "4.4.5.1", "tags of one ID agree in the attributes that both have"
)
EXTENSION: Final = error(
    "range-extension", "4.4.5.1", "an X- attribute is quoted, hexadecimal or a number"
)
ON_NEXT: Final = error(
    "range-on-next", "4.4.5.1", "END-ON-NEXT=YES has a CLASS, and neither DURATION nor END-DATE"
)
RANGE_ZONE: Final = hint("range-zone", "4.4.5.1", "dates of a range have a zone and milliseconds")
RULES: Final = (
    NO_ID, NO_START, BAD_RANGE_DATE, NO_PROGRAM_DATE, NEGATIVE, TWO_ENDS, CHANGED_IN_PLAYLIST,
    EXTENSION, ON_NEXT, RANGE_ZONE,
)  # fmt: skip

_EXTENSION_VALUE: Final = re.compile(r'"[^"]*"|0[xX][0-9A-Fa-f]+|-?\d+(\.\d+)?')
_EXACT: Final = re.compile(r".*\.\d{3,}(Z|[+-]\d\d:?\d\d)")


def ranges_of(playlist: Playlist) -> dict[str, dict[str, str]]:
    """Return the attributes of each date range by its ID, all its tags taken together."""
    ranges: dict[str, dict[str, str]] = {}
    for tag in playlist.all("EXT-X-DATERANGE"):
        ranges.setdefault(tag.text("ID"), {}).update(tag.attributes)
    return ranges


def check(playlist: Playlist) -> Iterator[Finding]:
    tags = playlist.all("EXT-X-DATERANGE")
    dates = playlist.first("EXT-X-PROGRAM-DATE-TIME")
    if tags and dates is None and not playlist.skipped:
        yield Finding(NO_PROGRAM_DATE, playlist.url, tags[0].line)
    known: dict[str, dict[str, str]] = {}
    for tag in tags:
        name = tag.text("ID")
        if not name:
            yield Finding(NO_ID, playlist.url, tag.line)
            continue
        before = known.setdefault(name, {})
        if "START-DATE" not in tag.attributes and "START-DATE" not in before:
            yield Finding(NO_START, playlist.url, tag.line, name)
        for attribute, value in tag.attributes.items():
            if before.get(attribute, value) != value:
                yield Finding(CHANGED_IN_PLAYLIST, playlist.url, tag.line, f"{name} {attribute}")
        before.update(tag.attributes)
        yield from _values(playlist, tag, before)


def _values(playlist: Playlist, tag: Tag, whole: Mapping[str, str]) -> Iterator[Finding]:
    url, line, name = playlist.url, tag.line, tag.text("ID")
    for attribute, value in tag.attributes.items():
        if attribute.startswith("X-") and not _EXTENSION_VALUE.fullmatch(value):
            yield Finding(EXTENSION, url, line, f"{name} {attribute}")
        if attribute in {"START-DATE", "END-DATE"}:
            if as_moment(value.strip('"')) is None:
                yield Finding(BAD_RANGE_DATE, url, line, f"{name} {value}")
            elif not _EXACT.fullmatch(value.strip('"')):
                yield Finding(RANGE_ZONE, url, line, f"{name} {value}")
    yield from _ends(url, tag, whole)
    ends = {"DURATION", "END-DATE"} & set(whole)
    if "END-ON-NEXT" in whole and ("CLASS" not in whole or ends):
        yield Finding(ON_NEXT, url, line, name)


def _ends(url: str, tag: Tag, whole: Mapping[str, str]) -> Iterator[Finding]:
    name = tag.text("ID")
    start = as_moment(whole.get("START-DATE", "").strip('"'))
    end = as_moment(whole.get("END-DATE", "").strip('"'))
    durations = [tag.number(key) for key in ("DURATION", "PLANNED-DURATION")]
    is_negative = any(duration is not None and duration < 0 for duration in durations)
    if is_negative or (start and end and end < start):
        yield Finding(NEGATIVE, url, tag.line, name)
    duration = tag.number("DURATION")
    if start and end and duration is not None:
        off = abs(end - start - timedelta(seconds=duration))
        if off > timedelta(milliseconds=1):
            yield Finding(TWO_ENDS, url, tag.line, name)
