"""Rules for subtitles in WebVTT: the files that a playlist of them lists."""

import re
from collections.abc import Iterator
from typing import Final

from showfloor.hls_check.findings import Finding, error, warning

NOT_WEBVTT: Final = error("not-webvtt", "3.1.4", "each subtitle segment begins with WEBVTT")
NO_MAP: Final = warning(
    "no-timestamp-map", "3.1.4", "an X-TIMESTAMP-MAP relates the cues to the media"
)
CUE_TIMES: Final = error("cue-times", "3.1.4", "each cue has times, and ends after it begins")
CUE_ELSEWHERE: Final = error(
    "cue-elsewhere", "3.1.4", "a segment has the cues that are shown during it, and no others"
)
RULES: Final = (NOT_WEBVTT, NO_MAP, CUE_TIMES, CUE_ELSEWHERE)

SLACK_S: Final = 0.1
_CLOCK: Final = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMES: Final = re.compile(rf"{_CLOCK}[ \t]+-->[ \t]+{_CLOCK}(?:[ \t].*)?")
_MAP: Final = re.compile(rf"X-TIMESTAMP-MAP=(?=.*MPEGTS:(\d+))(?=.*LOCAL:{_CLOCK}).*")
_MPEGTS_HZ: Final = 90_000


def check(url: str, data: bytes, media: tuple[float, float] | None) -> Iterator[Finding]:
    """`media`: from where to where the same stretch of pictures lies on the media timeline, s; None
    where nobody knows."""
    head, _, rest = data.decode("utf-8", "replace").removeprefix("\ufeff").partition("\n\n")
    lines = [line.rstrip("\r") for line in head.split("\n")]
    if lines[0] != "WEBVTT" and not lines[0].startswith(("WEBVTT ", "WEBVTT\t")):
        yield Finding(NOT_WEBVTT, url)
        return
    told = next((found for line in lines[1:] if (found := _MAP.fullmatch(line))), None)
    if told is None:
        yield Finding(NO_MAP, url)
    offset_s = int(told[1]) / _MPEGTS_HZ - _seconds(told.groups()[1:]) if told else 0.0
    for number, line in enumerate(rest.split("\n"), len(lines) + 2):
        if "-->" in line:
            yield from _cue(url, number, line.rstrip("\r"), media, offset_s)


def _cue(
    url: str, number: int, line: str, media: tuple[float, float] | None, offset_s: float
) -> Iterator[Finding]:
    found = _TIMES.fullmatch(line.strip())
    if found is None:
        yield Finding(CUE_TIMES, url, number, line)
        return
    begins, ends = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    if ends <= begins:
        yield Finding(CUE_TIMES, url, number, line)
    elif media is not None and not (
        begins + offset_s < media[1] + SLACK_S and ends + offset_s > media[0] - SLACK_S
    ):
        yield Finding(CUE_ELSEWHERE, url, number, f"{line}, the media {media[0]}-{media[1]} s")


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, ms = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + ms / 1000
