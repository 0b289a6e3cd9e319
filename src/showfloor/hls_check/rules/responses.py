"""Rules for HTTP: status codes, types, compression, cache lifetimes (Appendix B)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final
from urllib.parse import urlsplit

from showfloor.hls_check.findings import Finding, error, hint, warning

NOT_FOUND: Final = error("not-available", "6.2.1", "everything that is listed can be fetched")
TYPE: Final = warning(
    "content-type", "4", "a playlist is recognised by its type, or by .m3u8 in its address"
)
NOT_GZIPPED: Final = warning(
    "not-gzipped", "B.1", "playlists are sent compressed to who can read it"
)
NO_CACHE_RULE: Final = hint("no-cache-control", "B.1", "responses tell how long they may be kept")
STALE: Final = error(
    "cached-too-long", "B.1", "a live playlist is kept for half a target duration, at most for one"
)
NOT_CACHED: Final = warning(
    "cached-too-short", "B.1", "a blocking playlist and media are kept for six target durations"
)
ERROR_CACHED: Final = warning("error-cached", "B.1", "errors are kept for four targets at most")
CROSS_ORIGIN: Final = hint(
    "cross-origin", "C", "pages of other sites may read the response, and its Age"
)
PART_ALONE: Final = error("part-without-msn", "6.2.5.2", "_HLS_part without _HLS_msn is a 400")
FAR_AHEAD: Final = warning("msn-far-ahead", "6.2.5.2", "an _HLS_msn far ahead is a 400")
HINT_FAILED: Final = error("hint-unavailable", "6.2.6", "the hinted part can be asked for at once")
BLOCKED_ENDED: Final = error("blocks-after-end", "6.2.5.2", "an ended playlist is sent at once")
RULES: Final = (
    NOT_FOUND, TYPE, NOT_GZIPPED, NO_CACHE_RULE, STALE, NOT_CACHED, ERROR_CACHED, CROSS_ORIGIN,
    PART_ALONE, FAR_AHEAD, HINT_FAILED, BLOCKED_ENDED,
)  # fmt: skip

_TYPES: Final = {"application/vnd.apple.mpegurl", "audio/mpegurl"}
_MAX_AGE: Final = re.compile(r"max-age\s*=\s*(\d+)", re.IGNORECASE)
_SMALL: Final = 200  # bytes that are not worth compressing


class Asked(StrEnum):
    MULTIVARIANT = auto()
    PLAYLIST = auto()  # the one of now
    BLOCKING = auto()
    MEDIA = auto()
    PROBE = auto()  # a request that has to fail


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it came. `body` is unpacked; header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    took_s: float = 0.0

    @property
    def max_age_s(self) -> int | None:
        """The lifetime in a cache; 0 where nothing may be kept, None where nothing is said."""
        rule = self.headers.get("cache-control", "")
        if re.search(r"no-store|no-cache|private", rule, re.IGNORECASE):
            return 0
        found = _MAX_AGE.search(rule)
        return int(found[1]) if found else None


def check(
    response: Response, asked: Asked, target_s: float, *, is_ended: bool = False
) -> Iterator[Finding]:
    if response.status not in {200, 206}:
        yield Finding(NOT_FOUND, response.url, 0, f"status {response.status}")
        return
    if asked is not Asked.MEDIA:
        yield from _playlist(response)
    if "access-control-allow-origin" not in response.headers:
        yield Finding(CROSS_ORIGIN, response.url, 0, "Access-Control-Allow-Origin is missing")
    yield from _lifetime(response, asked, target_s, is_ended=is_ended)


def _playlist(response: Response) -> Iterator[Finding]:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_suffix = urlsplit(response.url).path.endswith((".m3u8", ".m3u"))
    if kind not in _TYPES and not has_suffix:
        yield Finding(TYPE, response.url, 0, kind)
    coding = response.headers.get("content-encoding", "")
    if len(response.body) > _SMALL and coding not in {"gzip", "br", "zstd"}:
        yield Finding(NOT_GZIPPED, response.url)


def _lifetime(
    response: Response, asked: Asked, target_s: float, *, is_ended: bool
) -> Iterator[Finding]:
    kept_s = response.max_age_s
    if kept_s is None:
        yield Finding(NO_CACHE_RULE, response.url)
        return
    told = response.headers.get("cache-control", "")
    if asked is Asked.PLAYLIST and not is_ended and kept_s > target_s:
        yield Finding(STALE, response.url, 0, told)
    if asked is Asked.MEDIA and kept_s < 6 * target_s:
        yield Finding(NOT_CACHED, response.url, 0, told)
    if asked is Asked.BLOCKING and not is_ended and kept_s < 6 * target_s:
        yield Finding(NOT_CACHED, response.url, 0, told)


def check_refusals(
    part_alone: Response | None, far_ahead: Response | None, target_s: float
) -> Iterator[Finding]:
    """Look at the responses to directives that make no sense."""
    if part_alone is not None and part_alone.status != 400:
        yield Finding(PART_ALONE, part_alone.url, 0, f"status {part_alone.status}")
    if far_ahead is not None and far_ahead.status != 400:
        yield Finding(FAR_AHEAD, far_ahead.url, 0, f"status {far_ahead.status}")
    for response in (part_alone, far_ahead):
        kept_s = (response.max_age_s or 0) if response and response.status >= 400 else 0
        if response is not None and kept_s > 4 * target_s:
            told = response.headers.get("cache-control", "")
            yield Finding(ERROR_CACHED, response.url, 0, told)


def check_hint(response: Response) -> Iterator[Finding]:
    if response.status not in {200, 206} or not response.body:
        yield Finding(HINT_FAILED, response.url, 0, f"status {response.status}")


def check_ended(response: Response, target_s: float) -> Iterator[Finding]:
    """Look at the response to a blocking reload of an ended playlist."""
    if response.status != 200 or response.took_s > target_s:
        detail = f"status {response.status} after {response.took_s:.1f} s"
        yield Finding(BLOCKED_ENDED, response.url, 0, detail)
