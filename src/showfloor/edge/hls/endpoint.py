"""HLS over HTTP: the origin's responses with the headers that players and caches need.

    /hls/<slug>/index.m3u8                        multivariant playlist
    /hls/<slug>/<rung>.m3u8                       media playlist; _HLS_msn, _HLS_part, _HLS_skip;
                                                  the rung `audio` is the sound alone, and
                                                  `captions-<language>` are captions
    /hls/<slug>/<broadcast>/<rung>/init.mp4
    /hls/<slug>/<broadcast>/<rung>/<msn>.m4s      segment
    /hls/<slug>/<broadcast>/<rung>/<msn>.<part>.m4s
    /hls/<slug>/<broadcast>/captions-<language>/<msn>.vtt
                                                  WebVTT, and its parts; `live-captions-…` in the
                                                  live window
    /hls/<slug>/cut/<from>-<to>/index.m3u8        the picture between two moments (Unix time, ms):
    /hls/<slug>/cut/<from>-<to>/<rung>.m3u8       playlists of their own, the same segments
    /hls/<slug>/rewind/index.m3u8                 the show so far, from its first picture on:
    /hls/<slug>/rewind/<rung>.m3u8                playlists of their own, the same segments
    /hls/<slug>/steering.json                     the edges in the order to use them (content
                                                  steering, 7.1), where there are several
    /hls/<slug>/preview/…                         the same for staff, with a bearer token
    /hls/<slug>/pass/<pass>/…                     the same of a show that is not open to everyone:
                                                  `media.passes`

Cache lifetimes follow Appendix B of draft-pantos-hls-rfc8216bis: an address that names a state or
a media file may be kept, one that asks for "now" for half a target duration, an outage never. No
cache keeps anything for longer than the pass in its address is good.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.http import responses
from showfloor.edge.http.responses import RequestRejected, Response, problem
from showfloor.kernel import ranges
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.errors import NotFound, Unavailable
from showfloor.media.hls.audio_only import SOUND
from showfloor.media.hls.blocking_reload import (
    BadDirective,
    Directives,
    Freshness,
    ReloadTimeout,
    RenderedPlaylist,
)
from showfloor.media.hls.caption_tracks import file_ending, is_captions
from showfloor.media.hls.multivariant import (
    STEERING,
    STEERING_TTL_S,
    pathways_of,
    steering_manifest,
)
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hls.playlist import TARGET_DURATION_S
from showfloor.timeline.served_pictures import served, sid_of_header

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
MEDIA_TYPE: Final = "video/mp4"
SOUND_TYPE: Final = "audio/mp4"
CAPTIONS_TYPE: Final = "text/vtt; charset=utf-8"
_NAME: Final = r"[A-Za-z0-9_-]{1,100}"
_NUMBER: Final = r"(?:0|[1-9][0-9]{0,9})"
_MOMENT: Final = r"[1-9][0-9]{11,12}"  # ms: the years 1973 to 2286
PATH: Final = re.compile(
    rf"/hls/(?P<slug>{_NAME})/(?:(?P<preview>preview)/|pass/(?P<pass>{_NAME})/)?"
    rf"(?:(?P<steering>steering)\.json"
    rf"|(?:cut/(?P<from>{_MOMENT})-(?P<until>{_MOMENT})/|(?P<rewind>rewind)/)?"
    rf"(?P<playlist>{_NAME})\.m3u8"
    rf"|(?P<broadcast>{_NUMBER})/(?P<rung>{_NAME})/"
    rf"(?:(?P<init>init)\.mp4|(?P<msn>{_NUMBER})(?:\.(?P<part>{_NUMBER}))?\.(?P<ending>m4s|vtt)))"
)
_DIRECTIVE: Final = re.compile(r"[0-9]{1,10}")
_PLAYLIST_CACHE_S: Final = {
    Freshness.STATE: 6 * TARGET_DURATION_S,
    Freshness.NOW: TARGET_DURATION_S // 2,
    Freshness.UNCHANGED: 0,
    Freshness.ENDED: 10,
}
CUT_MAX: Final = timedelta(hours=24)
_MEDIA_CACHE_S: Final = 86_400  # the bytes of an address never change
_CAPTIONS_CACHE_S: Final = 6 * TARGET_DURATION_S  # words are corrected
_ERROR_CACHE: Final = f"max-age={TARGET_DURATION_S // 2}"


@dataclass(slots=True)
class ShowMedia:
    """The media that a show's address leads to, made for one request. `public`: everyone may see
    its public segments; `announced`: the show may be known to everyone. `pass_left_s`: how long
    the pass in the address opens it; None without one."""

    channel: LiveStream
    ended: bool
    public: bool
    announced: bool = False
    pass_left_s: int | None = None

    @property
    def is_open(self) -> bool:
        return self.public if self.pass_left_s is None else self.pass_left_s > 0


class HlsApp:
    """An ASGI application for everything under `/hls/`."""

    def __init__(
        self,
        resolve: Callable[[str, str | None], Awaitable[ShowMedia | None]],
        authorise_preview: Callable[[str, str], Awaitable[bool]],
        edges: Sequence[str] = (),
    ) -> None:
        """`edges`: addresses like `https://host` on which players get the media, the first one in
        the first place; without any they stay where they are."""
        self._edges = edges
        self._resolve = resolve
        self._authorise_preview = authorise_preview

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        try:
            response = await self._respond(scope)
        except RequestRejected as rejected:
            response = rejected.response
        except NotFound as error:
            response = problem(404, "not-found", error.message, cache=_ERROR_CACHE)
        except BadDirective as error:
            response = problem(
                400, "bad-request", str(error), field=error.field, cache=_ERROR_CACHE
            )
        except (ReloadTimeout, Unavailable):
            response = BUSY
        if responses.MEDIA_CORS[0] not in response.headers:
            response = response.with_headers(*responses.MEDIA_CORS)
        await responses.respond(send, response, head=scope["method"] == "HEAD")

    async def _respond(self, scope: Scope) -> Response:
        if scope["method"] == "OPTIONS":
            return PREFLIGHT
        if scope["method"] not in {"GET", "HEAD"}:
            return NOT_ALLOWED
        match = PATH.fullmatch(scope["path"])
        if match is None:
            return NO_ADDRESS
        preview = match["preview"] is not None
        if preview and not await self._may_preview(scope, match["slug"]):
            return _UNAUTHORISED
        media = await self._resolve(match["slug"], match["pass"])
        if media is None or not (media.public or media.announced or preview):
            return _NO_SHOW
        if not (media.is_open or preview):
            return _NO_PASS
        return await self._content(media, match, scope, preview=preview)

    async def _content(
        self, media: ShowMedia, match: re.Match[str], scope: Scope, *, preview: bool
    ) -> Response:
        if match["steering"]:
            return self._steering(media)
        if match["from"]:
            return _cut(media, match, scope, preview=preview)
        if match["playlist"] == "index" and self._edges and not preview:
            return await self._steered(media, scope)
        if match["playlist"]:
            return await _playlist(media, match, scope, preview=preview)
        response = await _media(media, match, preview=preview)
        _note_served(media, match, scope)
        return _ranged(response, scope)

    async def _may_preview(self, scope: Scope, slug: str) -> bool:
        kind, _, token = responses.header(scope, b"authorization").partition(" ")
        if kind.lower() != "bearer" or not token:
            return False
        return await self._authorise_preview(token.strip(), slug)

    async def _steered(self, media: ShowMedia, scope: Scope) -> Response:
        """Return the multivariant playlist with a pathway for each edge. Cuts and previews have
        none: a cut is short, and the preview's token is for us alone."""
        await media.channel.first_segment(preview=False)
        folder = scope["path"].rpartition("/")[0] + "/"
        rendered = media.channel.multivariant(
            preview=False, pathways=pathways_of(self._edges, folder),
            steering=folder.removesuffix("rewind/") + STEERING,
        )  # fmt: skip
        kept_s = _PLAYLIST_CACHE_S[rendered.freshness]
        return _rendered(rendered, scope, _cache(media, kept_s, preview=False))

    def _steering(self, media: ShowMedia) -> Response:
        if not self._edges:
            raise NotFound("There is no other edge.")
        body = steering_manifest(pathways_of(self._edges, ""))
        cache = _cache(media, STEERING_TTL_S // 2, preview=False)
        return Response(HTTPStatus.OK, body, "application/json", cache)


PREFLIGHT: Final = Response(
    HTTPStatus.NO_CONTENT, cache="max-age=86400",
    headers=(
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", b"Authorization, Range, CMCD-Session"),
        (b"access-control-max-age", b"86400"),
    ),
)  # fmt: skip
NOT_ALLOWED: Final = problem(405, "method-not-allowed", "Only GET and HEAD.").with_headers(
    (b"allow", b"GET, HEAD")
)
NO_ADDRESS: Final = problem(404, "not-found", "There is no such address.", cache=_ERROR_CACHE)
_NO_SHOW: Final = problem(404, "not-found", "There is no such show.", cache=_ERROR_CACHE)
_NO_PASS: Final = problem(
    403, "pass-required", "This show is not open to everyone: ask for a viewing pass."
).uncached()
_UNAUTHORISED: Final = problem(401, "token-required", "The preview is for staff.")
BUSY: Final = problem(503, "unavailable", "Try again.", retry_after_s=1)
_NO_BYTES: Final = problem(416, "no-such-bytes", "There are no such bytes.")
# The headers of the usual answers are whole: to add to an answer is to copy it.
_PLAIN: Final = (responses.vary("Accept-Encoding"), *responses.MEDIA_CORS)
_ZIPPED: Final = (_PLAIN[0], (b"content-encoding", b"gzip"), *responses.MEDIA_CORS)
_MEDIA: Final = ((b"accept-ranges", b"bytes"), *responses.MEDIA_CORS)


async def _playlist(
    media: ShowMedia, match: re.Match[str], scope: Scope, *, preview: bool
) -> Response:
    name = match["playlist"]
    if name == "index":
        await media.channel.first_segment(preview=preview)
        rendered = media.channel.multivariant(preview=preview)
    elif match["rewind"]:
        directives = parse_directives(scope["query_string"])
        rendered = await media.channel.rewind_playlist(name, directives, ended=media.ended)
    else:
        directives = parse_directives(scope["query_string"])
        rendered = await media.channel.playlist(
            name, directives, preview=preview, ended=media.ended
        )
    cache = _cache(media, _PLAYLIST_CACHE_S[rendered.freshness], preview=preview)
    return _rendered(rendered, scope, cache)


def _cut(media: ShowMedia, match: re.Match[str], scope: Scope, *, preview: bool) -> Response:
    """Return a playlist of the public picture between two moments; it is complete at once."""
    start, until = (
        datetime.fromtimestamp(int(match[name]) / 1000, UTC) for name in ("from", "until")
    )
    if not start < until <= start + CUT_MAX:
        raise NotFound("There is no such range.")
    name = match["playlist"]
    if name == "index":
        rendered = media.channel.multivariant(preview=False)
    else:
        rendered = media.channel.cut_playlist(name, start, until)
    cache = _cache(media, _PLAYLIST_CACHE_S[Freshness.ENDED], preview=preview)
    return _rendered(rendered, scope, cache)


def _cache(media: ShowMedia, kept_s: int, *, preview: bool) -> str:
    if preview:
        return "private, no-store"
    return _max_age(kept_s if media.pass_left_s is None else min(kept_s, media.pass_left_s))


@lru_cache(maxsize=1024)
def _max_age(kept_s: int) -> str:
    return f"max-age={kept_s}" if kept_s else "no-store"


def _rendered(rendered: RenderedPlaylist, scope: Scope, cache: str) -> Response:
    if accepts_gzip(scope):
        return Response(HTTPStatus.OK, rendered.gzipped, PLAYLIST_TYPE, cache, _ZIPPED)
    return Response(HTTPStatus.OK, rendered.body, PLAYLIST_TYPE, cache, _PLAIN)


async def _media(media: ShowMedia, match: re.Match[str], *, preview: bool) -> Response:
    channel, broadcast, rung = media.channel, int(match["broadcast"]), match["rung"]
    if not match["init"] and match["ending"] != file_ending(rung):
        raise NotFound("There is no such file.")
    if match["init"]:
        body = await channel.init(broadcast, rung, preview=preview)
    elif match["part"] is not None:
        msn, part = int(match["msn"]), int(match["part"])
        body = await channel.part(broadcast, rung, msn, part, preview=preview)
    else:
        body = await channel.segment(broadcast, rung, int(match["msn"]), preview=preview)
    if is_captions(rung):
        cache = _cache(media, _CAPTIONS_CACHE_S, preview=preview)
        return Response(HTTPStatus.OK, body, CAPTIONS_TYPE, cache)
    cache = _cache(media, _MEDIA_CACHE_S, preview=preview)
    cache += "" if preview else ", immutable"
    kind = SOUND_TYPE if rung == SOUND else MEDIA_TYPE
    return Response(HTTPStatus.OK, body, kind, cache, _MEDIA)


def _note_served(media: ShowMedia, match: re.Match[str], scope: Scope) -> None:
    """Remember what a player that names its session now has: the evidence of its delay."""
    if match["init"] or is_captions(match["rung"]) or scope["method"] != "GET":
        return
    sid = sid_of_header(responses.header(scope, b"cmcd-session"))
    part = None if match["part"] is None else int(match["part"])
    until = media.channel.picture_end(int(match["msn"]), part) if sid else None
    if until is not None:
        served.note(sid, match["slug"], to_epoch_ms(until), to_epoch_ms(utc_now()))


def _ranged(response: Response, scope: Scope) -> Response:
    """Return the range of a media file that the request names (RFC 9110, 14.2). Several ranges and
    `If-Range` get the whole file, for there are no validators that `If-Range` could name."""
    asked = responses.header(scope, b"range")
    if not asked or scope["method"] != "GET" or responses.header(scope, b"if-range"):
        return response
    size = len(response.body)
    try:
        wanted = ranges.read(asked, size)
    except ranges.InvalidRange:
        return _NO_BYTES.with_headers((b"content-range", f"bytes */{size}".encode()))
    if wanted is None:
        return response
    start, end = wanted
    content_range = f"bytes {start}-{end - 1}/{size}".encode()
    return replace(
        response, status=HTTPStatus.PARTIAL_CONTENT, body=response.body[start:end],
        headers=(*response.headers, (b"content-range", content_range)),
    )  # fmt: skip


_NO_DIRECTIVES: Final = Directives()


def parse_directives(query: bytes) -> Directives:
    """Return the delivery directives in a query; other fields are ignored (6.2.5)."""
    if not query:
        return _NO_DIRECTIVES
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=32)
    except ValueError:
        raise BadDirective("too many fields in the query") from None
    fields = dict(pairs)
    return Directives(
        _whole(fields, "_HLS_msn"),
        _whole(fields, "_HLS_part"),
        fields.get("_HLS_skip") in {"YES", "v2"},
    )


def _whole(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if not _DIRECTIVE.fullmatch(text):
        raise BadDirective("a delivery directive must be a whole number", name)
    return int(text)


def accepts_gzip(scope: Scope) -> bool:
    for coding in responses.header(scope, b"accept-encoding").split(","):
        name, _, quality = coding.partition(";")
        if name.strip() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
