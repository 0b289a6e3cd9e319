"""The responses and problems of the raw ASGI endpoints, and the checks of their requests.

Input from outside is checked here once. Bad input becomes a problem (RFC 9457) that names the
field, never an exception that uvicorn turns into a 500.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from showfloor.accounts.network import client_address
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.http.whole_messages import send_whole, take_body
from showfloor.kernel.json_text import json_bytes, read_strictly
from showfloor.kernel.problems import CONTENT_TYPE as PROBLEM_TYPE

JSON_TYPE: Final = "application/json"
BODY_WITHIN_S: Final = 10.0  # for a small body
QUERY_FIELDS_MAX: Final = 16
SEQ_MAX: Final = 1 << 53  # the largest whole number that JavaScript holds exactly

MEDIA_CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Age, Date"),  # for the players' clock
)
PUBLIC_CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Age, Date, ETag, Retry-After"),
)


_BODILESS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_NO_SNIFF: Final = (b"x-content-type-options", b"nosniff")
FOR_ONE_PERSON: Final = "private, no-store"  # the Cache-Control of what no cache keeps


@dataclass(slots=True)
class Response:
    """A whole response, never changed once it is made. It is not `frozen`, because one is made for
    each part that a player asks for, and a frozen one costs thrice as much. `cache`: its
    Cache-Control."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    cache: str = "no-store"
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def with_headers(self, *headers: tuple[bytes, bytes]) -> "Response":
        return replace(self, headers=(*self.headers, *headers))

    def uncached(self) -> "Response":
        """Return the response for one person alone, which no cache keeps."""
        return replace(self, cache=FOR_ONE_PERSON)


class RequestRejected(Exception):
    """A request that gets this response in place of the one it asked for."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class ClientDisconnected(Exception):
    """The client has left."""


def problem(
    status: int, code: str, detail: str, *, field: str = "", cache: str = "no-store", **more: Any
) -> Response:
    """`{type, title, status, code, detail, field?, …}` as every endpoint of the site sends it."""
    return problem_of(
        {"status": status, "code": code, "detail": detail, **({"field": field} if field else {})}
        | more,
        cache=cache,
    )


def too_fast(wait_s: float) -> Response:
    """Return the problem for a person who sends commands faster than they may."""
    return problem(429, "rate-limited", "Not so fast.", retry_after_s=wait_s)


def problem_of(members: Mapping[str, Any], *, cache: str = "no-store") -> Response:
    """Return the response for a problem's members, with `status`, `code` and `detail` among
    them."""
    status, code = int(members["status"]), str(members["code"])
    body = {
        "type": f"/problems/{code}",
        "title": code.replace("-", " ").capitalize(),
        **members,
    }
    headers: list[tuple[bytes, bytes]] = []
    if "retry_after_s" in members:
        seconds = max(1, round(float(members["retry_after_s"])))
        headers.append((b"retry-after", str(seconds).encode()))
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Bearer"))
    return Response(status, json_bytes(body), PROBLEM_TYPE, cache, tuple(headers))


def respond_at_once(send: Send, response: Response) -> bool:
    """Send the response as one piece; return False, with nothing done, where only `respond` can."""
    if response.status in _BODILESS:
        return False
    headers = (
        (b"cache-control", response.cache.encode()),
        (b"content-type", response.content_type.encode()), _NO_SNIFF, *response.headers,
    )  # fmt: skip
    return send_whole(send, response.status, headers, response.body)


async def respond(send: Send, response: Response, *, head: bool = False) -> None:
    """Send the response; `head`: without the body, for HEAD."""
    if not head and respond_at_once(send, response):
        return
    headers: list[tuple[bytes, bytes]] = [(b"cache-control", response.cache.encode())]
    if response.status not in _BODILESS:
        headers.append((b"content-type", response.content_type.encode()))
        headers.append((b"content-length", str(len(response.body)).encode()))
        headers.append(_NO_SNIFF)
    headers += response.headers
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})


# --- what a request says -------------------------------------------------------------------------


def header(scope: Scope, name: bytes) -> str:
    """Return the first header of that name (lower case); empty when there is none."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found.decode("latin-1")
    return ""


def visitor_address(scope: Scope, trusted_proxies: int) -> str:
    """Return the visitor's address, as the site sees it."""
    remote = scope["client"][0] if scope.get("client") else ""
    hops = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return client_address(remote, b",".join(hops).decode("latin-1"), trusted_proxies)


def bearer(scope: Scope) -> str | None:
    """Return the token in `Authorization: Bearer`; None without one. RequestRejected for another
    scheme."""
    value = header(scope, b"authorization")
    if not value:
        return None
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise RequestRejected(problem(401, "bad-token", "Authorization must be a bearer token."))
    return token.strip()


def query(scope: Scope, *allowed: str) -> dict[str, str]:
    """Return the parameters of the address; RequestRejected for an unknown one, or for one given
    twice.

    A cacheable resource has one address: an ignored parameter would only bypass the cache.
    """
    if not scope.get("query_string"):
        return {}
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("ascii"),
            keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX, errors="strict",
        )  # fmt: skip
    except ValueError:
        raise RequestRejected(problem(400, "bad-request", "The query cannot be read.")) from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed or name in found:
            sentence = "Given twice." if name in found else "There is no such parameter here."
            raise RequestRejected(problem(400, "bad-request", sentence, field=name[:40]))
        found[name] = value
    return found


def position_from(text: str, field: str) -> int:
    """Return a position from text: 0 to 2^53 − 1; RequestRejected."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) < SEQ_MAX):
        raise RequestRejected(
            problem(400, "bad-request", "Must be a whole number from 0.", field=field)
        )
    return int(text)


async def read_body(scope: Scope, receive: Receive, bytes_max: int) -> bytes:
    """Return the whole body; RequestRejected when it is too large or too slow,
    ClientDisconnected."""
    announced = header(scope, b"content-length")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > bytes_max:
        raise _too_large(bytes_max)
    whole = take_body(receive)
    if whole is not None:
        if len(whole) > bytes_max:
            raise _too_large(bytes_max)
        return whole
    chunks: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnected
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                more = message.get("more_body", False)
                if size > bytes_max:
                    raise _too_large(bytes_max)
    except TimeoutError:
        raise RequestRejected(problem(408, "too-slow", "The request came too slowly.")) from None
    return b"".join(chunks)


def json_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object from UTF-8; RequestRejected for anything else, also for NaN and
    Infinity."""
    try:
        value = read_strictly(body)
    except (ValueError, RecursionError):
        raise RequestRejected(
            problem(400, "bad-request", "The body must be JSON in UTF-8.")
        ) from None
    if not isinstance(value, dict):
        raise RequestRejected(problem(400, "bad-request", "The body must be a JSON object."))
    return value


def _too_large(bytes_max: int) -> RequestRejected:
    return RequestRejected(problem(413, "too-large", f"At most {bytes_max} bytes."))


# --- conditional requests ------------------------------------------------------------------------


def etag(body: bytes) -> str:
    """Return a strong entity tag: the same bytes give the same tag in every process."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_known(scope: Scope, tag: str) -> bool:
    """Return whether the client (or the cache in front) has these bytes: If-None-Match, RFC 9110
    13.1.2.

    The comparison is weak, because a cache that compresses puts `W/` in front of the tag.
    """
    names = ",".join(value.decode("latin-1") for key, value in scope["headers"]
                     if key == b"if-none-match")  # fmt: skip
    return any(name.strip().removeprefix("W/") in {tag, "*"} for name in names.split(","))


def not_modified(response: Response) -> Response:
    return replace(response, status=HTTPStatus.NOT_MODIFIED, body=b"")


def accepts(scope: Scope, content_type: str) -> bool:
    """Return whether the client asks for exactly this type (`*/*` does not)."""
    return any(
        part.partition(";")[0].strip().lower() == content_type
        for part in header(scope, b"accept").split(",")
    )


async def until_gone(receive: Receive) -> None:
    """Return when the client has left. Anything that it sends meanwhile is ignored."""
    while (await receive())["type"] != "http.disconnect":
        pass


def abort(send: Send) -> None:
    """Drop the connection with all bytes that are buffered for it.

    ASGI has no message for that, and a normal close waits for a peer that takes nothing. uvicorn's
    `send` is a method of the object that owns the transport; on another server this does nothing.
    """
    transport = _transport(send)
    if transport is not None:
        transport.abort()


def unsent(send: Send) -> int:
    """Return the bytes that wait in the transport for the client."""
    transport = _transport(send)
    return int(transport.get_write_buffer_size()) if transport is not None else 0


def _transport(send: Send) -> Any:
    return getattr(getattr(send, "__self__", None), "transport", None)


def vary(*names: str) -> tuple[bytes, bytes]:
    return (b"vary", ", ".join(names).encode())
