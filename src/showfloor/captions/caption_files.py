"""Caption files: WebVTT (W3C, https://www.w3.org/TR/webvtt1/) read and written, SubRip read.

Only what is said is kept. Regions, styles, positions and the markup of voices are left out: size,
colour and place are the viewer's own choice.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from showfloor.media.formats import webvtt

CUES_MAX: Final = 20_000
FILE_BYTES_MAX: Final = 4 * 1024 * 1024

_TIMING: Final = re.compile(
    r"\s*(?:(\d{1,2}):)?([0-5]\d):([0-5]\d)[.,](\d{3})"
    r"\s*-->\s*(?:(\d{1,2}):)?([0-5]\d):([0-5]\d)[.,](\d{3})(?:\s.*)?"
)
_TAG: Final = re.compile(r"<[^>]*>")
_SKIPPED: Final = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words from `start_s` to `end_s` of the media; `text` may have several lines."""

    start_s: float
    end_s: float
    text: str
    line: int = field(default=0, compare=False)  # of its times in the file, from 1

    @property
    def lasts(self) -> timedelta:
        return timedelta(seconds=self.end_s - self.start_s)


class Fault(StrEnum):
    NO_TIMING = "no line of times"
    BAD_TIMING = "no time like 00:01:02.500 --> 00:01:04.000"
    BACKWARDS = "it ends before it begins"
    EMPTY = "no captions"
    TOO_MANY = "too many captions"


class BadFile(ValueError):
    """The text is no caption file; `line` (from 1) is where it goes wrong."""

    def __init__(self, line: int, reason: Fault) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def parse(text: str) -> list[Cue]:
    """Read WebVTT or SubRip, in the order of the cues' beginnings.

    BadFile: a block without a timing line, a cue that ends before it begins, no cue at all, or more
    than CUES_MAX. A cue without words is left out.
    """
    cues = [cue for cue in _cues(text) if cue.text]
    if not cues:
        raise BadFile(1, Fault.EMPTY)
    return sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))


def write(cues: Iterable[Cue]) -> Iterator[str]:
    """Write WebVTT, in parts."""
    yield "WEBVTT\n"
    for cue in cues:
        yield webvtt.cue(cue.start_s, cue.end_s, cue.text)


def _cues(text: str) -> Iterator[Cue]:
    count = 0
    for line, block in _blocks(text):
        if (block[0].startswith("WEBVTT") and line == 1) or block[0].split(" ")[0] in _SKIPPED:
            continue
        at = next((index for index, one in enumerate(block[:2]) if "-->" in one), None)
        if at is None:
            raise BadFile(line, Fault.NO_TIMING)
        count += 1
        if count > CUES_MAX:
            raise BadFile(line, Fault.TOO_MANY)
        yield _cue(line + at, block[at], block[at + 1 :])


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the blocks between blank lines, each with the number of its first line."""
    block: list[str] = []
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _cue(line: int, timing: str, words: list[str]) -> Cue:
    found = _TIMING.fullmatch(timing)
    if found is None:
        raise BadFile(line, Fault.BAD_TIMING)
    start_s, end_s = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    if end_s <= start_s:
        raise BadFile(line, Fault.BACKWARDS)
    said = (" ".join(html.unescape(_TAG.sub("", one)).split()) for one in words)
    return Cue(start_s, end_s, "\n".join(one for one in said if one), line)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, ms = (int(part or 0) for part in parts)
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + ms) / 1000
