"""HLS from another process: an edge passes requests on to the process that owns the show.

Bytes, status and headers are the origin's, blocking reloads block there, and the origin decides who
may see what. Nothing is kept: while a request is on its way, equal ones wait for its response, so
that a crowd costs the origin one request for each state of a playlist. An origin that does not
answer is a 503, which no cache keeps.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

import httpx

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.hls.endpoint import (
    BUSY,
    NO_ADDRESS,
    NOT_ALLOWED,
    PATH,
    PREFLIGHT,
    accepts_gzip,
)
from showfloor.edge.http import responses
from showfloor.edge.http.responses import Response
from showfloor.kernel.single_flight import SingleFlight
from showfloor.media.hls.blocking_reload import ReloadLimits

log = logging.getLogger(__name__)
# It says a line for each request, with its address, which may hold a viewing pass.
logging.getLogger("httpx").setLevel(logging.WARNING)

HOP: Final = b"x-showfloor-hop"  # a request that was passed on once is not passed on again
DIRECTIVES: Final = ("_HLS_msn", "_HLS_part", "_HLS_skip")
_QUERY_BYTES_MAX: Final = 1000
_MADE_HERE: Final = frozenset({
    "connection", "content-length", "content-type", "cache-control", "date", "keep-alive", "server",
    "transfer-encoding", "x-content-type-options",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class OriginLimits:
    """Times in seconds; `block_s`: as long as an origin holds a blocking reload."""

    connect_s: float = 2.0
    block_s: float = ReloadLimits().block_max_s
    margin_s: float = 5.0  # for the response itself
    body_bytes_max: int = 32 << 20  # a segment of the heaviest rung is some 12 MB
    connections_max: int = 256


def origin_client(
    limits: OriginLimits, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Return a client with these limits; its owner closes it."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(
            limits.block_s + limits.margin_s, connect=limits.connect_s, pool=limits.margin_s
        ),
        limits=httpx.Limits(max_connections=limits.connections_max),
        transport=transport, trust_env=False, follow_redirects=False,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Request:
    """What makes two requests equal."""

    url: str
    headers: tuple[tuple[bytes, bytes], ...]


class OriginProxy:
    """An ASGI application for everything under `/hls/`. `locate` gives the address of a show's
    origin (`http://host:port`), or None when there is none."""

    def __init__(
        self,
        locate: Callable[[str], Awaitable[str | None]],
        client: httpx.AsyncClient,
        limits: OriginLimits | None = None,
    ) -> None:
        self._locate = locate
        self._client = client
        self._limits = limits or OriginLimits()
        self._flights = SingleFlight[_Request, Response]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        response = await self._respond(scope)
        await responses.respond(send, response, head=scope["method"] == "HEAD")

    async def _respond(self, scope: Scope) -> Response:
        if scope["method"] == "OPTIONS":
            return PREFLIGHT.with_headers(*responses.MEDIA_CORS)
        if scope["method"] not in {"GET", "HEAD"}:
            return NOT_ALLOWED.with_headers(*responses.MEDIA_CORS)
        match = PATH.fullmatch(scope["path"])
        if match is None or len(scope["query_string"]) > _QUERY_BYTES_MAX:
            return NO_ADDRESS.with_headers(*responses.MEDIA_CORS)
        if responses.header(scope, HOP):
            log.error(
                "origin_loop show=%s: the origin's address leads back to an edge", match["slug"]
            )
            return BUSY.with_headers(*responses.MEDIA_CORS)
        slug = match["slug"]
        address = await self._locate(slug)
        if address is None:
            return BUSY.with_headers(*responses.MEDIA_CORS)
        request = _request(address, scope, match)
        return await self._flights.run(request, lambda: self._fetch(slug, request))

    async def _fetch(self, slug: str, request: _Request) -> Response:
        limit_s = self._limits.connect_s + self._limits.block_s + self._limits.margin_s
        try:
            async with asyncio.timeout(limit_s), self._client.stream(
                "GET", request.url, headers=[*request.headers, (HOP, b"1")]
            ) as answer:  # fmt: skip
                return _passed_on(answer, await self._body(answer))
        except (httpx.HTTPError, TimeoutError, _TooLong) as error:
            log.warning("origin_failed show=%s reason=%r", slug, error)
            return BUSY.with_headers(*responses.MEDIA_CORS)

    async def _body(self, answer: httpx.Response) -> bytes:
        """Return the bytes as they came, compressed if they are; they are bounded."""
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > self._limits.body_bytes_max:
                raise _TooLong(f"more than {self._limits.body_bytes_max} bytes")
        return bytes(body)


class _TooLong(Exception):
    """An origin's body is longer than any of ours."""


def _request(address: str, scope: Scope, match: re.Match[str]) -> _Request:
    """Return the origin's request: only what it looks at, so that equal ones are seen as such. What
    browsers send differs from one to the next."""
    wanted, query = {b"accept-encoding": b"identity"}, ""
    if match["playlist"]:
        if accepts_gzip(scope):
            wanted[b"accept-encoding"] = b"gzip"
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        query = urlencode(sorted(pair for pair in pairs if pair[0] in DIRECTIVES))
    elif scope["method"] == "GET" and not responses.header(scope, b"if-range"):
        _copy(scope, b"range", wanted)
    if match["preview"]:
        _copy(scope, b"authorization", wanted)
    url = f"{address}{scope['path']}" + (f"?{query}" if query else "")
    return _Request(url, tuple(sorted(wanted.items())))


def _copy(scope: Scope, name: bytes, into: dict[bytes, bytes]) -> None:
    if value := responses.header(scope, name):
        into[name] = value.encode("latin-1")


def _passed_on(answer: httpx.Response, body: bytes) -> Response:
    headers = tuple(
        (name.lower(), value)
        for name, value in answer.headers.raw
        if name.lower().decode("latin-1") not in _MADE_HERE
    )
    kind = answer.headers.get("content-type", "application/octet-stream")
    cache = answer.headers.get("cache-control", "no-store")
    return Response(answer.status_code, body, kind, cache, headers)
