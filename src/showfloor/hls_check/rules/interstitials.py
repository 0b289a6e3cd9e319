"""Rules for interstitials: date ranges that have something else played in between (Appendix D)."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from showfloor.hls_check.findings import Finding, error, hint, warning
from showfloor.hls_check.playlist import Playlist, Tag
from showfloor.hls_check.rules.date_ranges import ranges_of

CLASS: Final = "com.apple.hls.interstitial"

ONE_ASSET: Final = error(
    "interstitial-asset", "D.2", "an interstitial has an X-ASSET-URI or an X-ASSET-LIST, not both"
)
ABSOLUTE: Final = error("interstitial-absolute", "D.2", "an X-ASSET-URI is an absolute address")
NUMBER: Final = error(
    "interstitial-number", "D.2", "offsets and limits of an interstitial are numbers"
)
WORD: Final = error(
    "interstitial-word", "D.2", "X-SNAP lists OUT and IN, X-RESTRICT lists SKIP and JUMP"
)
CUE: Final = error("range-cue", "4.4.5.1", "CUE lists PRE or POST, and ONCE")
CHOICE: Final = hint(
    "interstitial-choice", "D.2", "players ignore an unknown word of a timeline's look"
)
LABEL: Final = error(
    "interstitial-label", "D.3", "the name of a skip button has letters, hyphens and underscores"
)
NO_NAME: Final = warning(
    "interstitial-query", "D.4", "the address of an asset has _HLS_interstitial_id, the range's ID"
)
RULES: Final = (ONE_ASSET, ABSOLUTE, NUMBER, WORD, CUE, CHOICE, LABEL, NO_NAME)

_NUMBERS: Final = {
    "X-RESUME-OFFSET": re.compile(r"-?\d+(\.\d+)?"),
    "X-PLAYOUT-LIMIT": re.compile(r"\d+(\.\d+)?"),
    "X-SKIP-CONTROL-OFFSET": re.compile(r"\d+"),
    "X-SKIP-CONTROL-DURATION": re.compile(r"\d+"),
}
_LISTS: Final = {"X-SNAP": {"OUT", "IN"}, "X-RESTRICT": {"SKIP", "JUMP"}}
_CHOICES: Final = {
    "X-CONTENT-MAY-VARY": {"YES", "NO"}, "X-TIMELINE-OCCUPIES": {"POINT", "RANGE"},
    "X-TIMELINE-STYLE": {"HIGHLIGHT", "PRIMARY"},
}  # fmt: skip
_LABEL: Final = re.compile(r'"[A-Za-z_-]+"')


def check(playlist: Playlist) -> Iterator[Finding]:
    lines: dict[str, Tag] = {}
    for tag in playlist.all("EXT-X-DATERANGE"):
        lines.setdefault(tag.text("ID"), tag)
    for name, whole in ranges_of(playlist).items():
        place = (playlist.url, lines[name].line)
        if "CUE" in whole and not _is_cue(_words(whole["CUE"])):
            yield Finding(CUE, *place, f"{name} {whole['CUE']}")
        if whole.get("CLASS") == f'"{CLASS}"':
            yield from _interstitial(place, name, whole)


def _interstitial(
    place: tuple[str, int], name: str, whole: Mapping[str, str]
) -> Iterator[Finding]:  # fmt: skip
    assets = [key for key in ("X-ASSET-URI", "X-ASSET-LIST") if key in whole]
    if len(assets) != 1:
        yield Finding(ONE_ASSET, *place, name)
    for key in assets:
        yield from _address(place, name, key, whole[key].strip('"'))
    for key, pattern in _NUMBERS.items():
        if key in whole and not pattern.fullmatch(whole[key]):
            yield Finding(NUMBER, *place, f"{name} {key}={whole[key]}")
    for rule, words in ((WORD, _LISTS), (CHOICE, _CHOICES)):
        for key, known in words.items():
            if key in whole and not _words(whole[key]) <= known:
                yield Finding(rule, *place, f"{name} {key}={whole[key]}")
    label = whole.get("X-SKIP-CONTROL-LABEL-ID")
    if label is not None and not _LABEL.fullmatch(label):
        yield Finding(LABEL, *place, f"{name} {label}")


def _address(place: tuple[str, int], name: str, key: str, uri: str) -> Iterator[Finding]:
    parts = urlsplit(uri)
    if key == "X-ASSET-URI" and not (parts.scheme and parts.netloc):
        yield Finding(ABSOLUTE, *place, f"{name} {uri}")
    if parse_qs(parts.query).get("_HLS_interstitial_id") != [name]:
        yield Finding(NO_NAME, *place, f"{name} {uri}")


def _is_cue(words: set[str]) -> bool:
    return words <= {"PRE", "POST", "ONCE"} and not words >= {"PRE", "POST"}


def _words(value: str) -> set[str]:
    return set(value.strip('"').split(","))
