"""HLS over HTTP: the origin's answers with the headers that players and caches need.

    /hls/<slug>/index.m3u8                        multivariant playlist
    /hls/<slug>/<rung>.m3u8                       media playlist; _HLS_msn, _HLS_part, _HLS_skip;
                                                  the rung `audio` is the sound alone
    /hls/<slug>/<broadcast>/<rung>/init.mp4
    /hls/<slug>/<broadcast>/<rung>/<msn>.m4s      segment
    /hls/<slug>/<broadcast>/<rung>/<msn>.<part>.m4s
    /hls/<slug>/preview/…                         the same for staff, with a bearer token

Cache lifetimes follow Appendix B of draft-pantos-hls-rfc8216bis: an address that names a state or
a media file may be kept, one that asks for "now" for half a target duration, an outage never.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.kernel.errors import NotFound, Unavailable
from showfloor.media.hls.audio_only import SOUND
from showfloor.media.hls.blocking_reload import (
    BadDirective,
    Directives,
    Freshness,
    ReloadTimeout,
    RenderedPlaylist,
)
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hls.playlist import TARGET_DURATION_S

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
MEDIA_TYPE: Final = "video/mp4"
SOUND_TYPE: Final = "audio/mp4"
_NAME: Final = r"[A-Za-z0-9_-]{1,100}"
_NUMBER: Final = r"(?:0|[1-9][0-9]{0,9})"
_PATH: Final = re.compile(
    rf"/hls/(?P<slug>{_NAME})/(?P<preview>preview/)?"
    rf"(?:(?P<playlist>{_NAME})\.m3u8"
    rf"|(?P<broadcast>{_NUMBER})/(?P<rung>{_NAME})/"
    rf"(?:(?P<init>init)\.mp4|(?P<msn>{_NUMBER})(?:\.(?P<part>{_NUMBER}))?\.m4s))"
)
_DIRECTIVE: Final = re.compile(r"[0-9]{1,10}")
_RANGE: Final = re.compile(r"bytes=(?P<first>[0-9]{0,12})-(?P<last>[0-9]{0,12})", re.IGNORECASE)
_PLAYLIST_CACHE: Final = {
    Freshness.STATE: f"max-age={6 * TARGET_DURATION_S}",
    Freshness.NOW: f"max-age={TARGET_DURATION_S // 2}",
    Freshness.UNCHANGED: "no-store",
    Freshness.ENDED: "max-age=10",
}
_MEDIA_CACHE: Final = "max-age=86400, immutable"  # an address never stands for other bytes
_ERROR_CACHE: Final = f"max-age={TARGET_DURATION_S // 2}"
_CORS: Final = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Age, Date"),  # for the players' clock
]


@dataclass(frozen=True, slots=True)
class ShowMedia:
    """What a show's address stands for. `public`: viewers may see its public segments."""

    channel: LiveStream
    ended: bool
    public: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    cache: str = "no-store"
    headers: tuple[tuple[bytes, bytes], ...] = ()


def _error(status: HTTPStatus, sentence: str, cache: str = _ERROR_CACHE) -> _Answer:
    return _Answer(status, sentence.encode() + b"\n", cache=cache)


class HlsApp:
    """An ASGI application for everything under `/hls/`."""

    def __init__(
        self,
        resolve: Callable[[str], Awaitable[ShowMedia | None]],
        authorise_preview: Callable[[str, str], Awaitable[bool]],
    ) -> None:
        self._resolve = resolve
        self._authorise_preview = authorise_preview

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        answer = await self._answer(scope)
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
            (b"cache-control", answer.cache.encode()),
            *_CORS,
            *answer.headers,
        ]
        await send(
            {"type": "http.response.start", "status": answer.status.value, "headers": headers}
        )
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope) -> _Answer:
        if scope["method"] == "OPTIONS":
            return _PREFLIGHT
        if scope["method"] not in {"GET", "HEAD"}:
            return _NOT_ALLOWED
        match = _PATH.fullmatch(scope["path"])
        if match is None:
            return _error(HTTPStatus.NOT_FOUND, "There is no such address.")
        preview = match["preview"] is not None
        if preview and not await self._may_preview(scope, match["slug"]):
            return _UNAUTHORISED
        try:
            media = await self._resolve(match["slug"])
            if media is None or not (media.public or preview):
                return _error(HTTPStatus.NOT_FOUND, "There is no such show.")
            if match["playlist"]:
                return await _playlist(media, match["playlist"], scope, preview=preview)
            return _ranged(await _media(media.channel, match, preview=preview), scope)
        except NotFound as error:
            return _error(HTTPStatus.NOT_FOUND, error.message)
        except BadDirective as error:
            return _error(HTTPStatus.BAD_REQUEST, str(error))
        except (ReloadTimeout, Unavailable):
            return _BUSY

    async def _may_preview(self, scope: Scope, slug: str) -> bool:
        kind, _, token = _header(scope, b"authorization").partition(" ")
        if kind.lower() != "bearer" or not token:
            return False
        return await self._authorise_preview(token.strip(), slug)


_PREFLIGHT: Final = _Answer(
    HTTPStatus.NO_CONTENT, b"", cache="max-age=86400",
    headers=(
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", b"Authorization, Range"),
        (b"access-control-max-age", b"86400"),
    ),
)  # fmt: skip
_NOT_ALLOWED: Final = _Answer(
    HTTPStatus.METHOD_NOT_ALLOWED, b"Only GET and HEAD.\n", headers=((b"allow", b"GET, HEAD"),)
)
_UNAUTHORISED: Final = _Answer(
    HTTPStatus.UNAUTHORIZED, b"The preview is for staff.\n",
    headers=((b"www-authenticate", b"Bearer"),),
)  # fmt: skip
_BUSY: Final = _Answer(
    HTTPStatus.SERVICE_UNAVAILABLE, b"Try again.\n", headers=((b"retry-after", b"1"),)
)


async def _playlist(media: ShowMedia, name: str, scope: Scope, *, preview: bool) -> _Answer:
    if name == "index":
        await media.channel.first_segment(preview=preview)
        rendered = media.channel.multivariant(preview=preview)
    else:
        directives = parse_directives(scope["query_string"])
        rendered = await media.channel.playlist(
            name, directives, preview=preview, ended=media.ended
        )
    return _rendered(rendered, scope, preview=preview)


def _rendered(rendered: RenderedPlaylist, scope: Scope, *, preview: bool) -> _Answer:
    cache = "private, no-store" if preview else _PLAYLIST_CACHE[rendered.freshness]
    headers: tuple[tuple[bytes, bytes], ...] = ((b"vary", b"Accept-Encoding"),)
    body = rendered.body
    if _accepts_gzip(scope):
        body = rendered.gzipped
        headers += ((b"content-encoding", b"gzip"),)
    return _Answer(HTTPStatus.OK, body, PLAYLIST_TYPE, cache, headers)


async def _media(channel: LiveStream, match: re.Match[str], *, preview: bool) -> _Answer:
    broadcast, rung = int(match["broadcast"]), match["rung"]
    if match["init"]:
        body = await channel.init(broadcast, rung, preview=preview)
    elif match["part"] is not None:
        msn, part = int(match["msn"]), int(match["part"])
        body = await channel.part(broadcast, rung, msn, part, preview=preview)
    else:
        body = await channel.segment(broadcast, rung, int(match["msn"]), preview=preview)
    cache = "private, no-store" if preview else _MEDIA_CACHE
    kind = SOUND_TYPE if rung == SOUND else MEDIA_TYPE
    return _Answer(HTTPStatus.OK, body, kind, cache, ((b"accept-ranges", b"bytes"),))


def _ranged(answer: _Answer, scope: Scope) -> _Answer:
    """The part of a media file that is asked for (RFC 9110, 14.2). The whole for several ranges,
    and for `If-Range`: there are no validators that it could name."""
    wanted = _RANGE.fullmatch(_header(scope, b"range").strip())
    if wanted is None or scope["method"] != "GET" or _header(scope, b"if-range"):
        return answer
    size = len(answer.body)
    first, last = wanted["first"], wanted["last"]
    if not first and not last:
        return answer
    if not first:  # the last so many bytes
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return answer  # 14.1.1: invalid, so as if it were not there
    if start >= end:
        return _Answer(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"There are no such bytes.\n",
            headers=((b"content-range", f"bytes */{size}".encode()),),
        )  # fmt: skip
    content_range = f"bytes {start}-{end - 1}/{size}".encode()
    return replace(
        answer, status=HTTPStatus.PARTIAL_CONTENT, body=answer.body[start:end],
        headers=(*answer.headers, (b"content-range", content_range)),
    )  # fmt: skip


def parse_directives(query: bytes) -> Directives:
    """The delivery directives in a query; others, of HLS or not, are ignored (6.2.5)."""
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=32)
    except ValueError:
        raise BadDirective("too many fields in the query") from None
    fields = dict(pairs)
    return Directives(
        _whole(fields.get("_HLS_msn")),
        _whole(fields.get("_HLS_part")),
        fields.get("_HLS_skip") in {"YES", "v2"},
    )


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not _DIRECTIVE.fullmatch(text):
        raise BadDirective("a delivery directive must be a whole number")
    return int(text)


def _accepts_gzip(scope: Scope) -> bool:
    for coding in _header(scope, b"accept-encoding").split(","):
        name, _, quality = coding.partition(";")
        if name.strip() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _header(scope: Scope, name: bytes) -> str:
    value = next((value for key, value in scope["headers"] if key == name), b"")
    return value.decode("latin-1") if isinstance(value, bytes) else ""
