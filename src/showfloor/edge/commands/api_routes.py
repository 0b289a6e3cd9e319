"""Operations of the API that are commands: answered here, at the same address and with the same
answers, without a thread of Django's.

Only a request that is as the API says is taken: a good token, a good key, a body of the right
shape. Every other one goes on to the application behind, which says what is wrong with it; so there
is one place for that, and one text in every language.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from showfloor.accounts.tokens import Claims
from showfloor.edge.asgi_types import App, Message, Receive, Scope, Send
from showfloor.edge.commands.answer_timeouts import AnswerTimeouts
from showfloor.edge.commands.rate_limit import CommandRateLimit
from showfloor.edge.http import responses
from showfloor.edge.http.direct import Answer
from showfloor.edge.http.responses import (
    ClientDisconnected,
    RequestRejected,
    Response,
    problem,
    problem_of,
)
from showfloor.edge.ports import AdmissionDenied, SteppedCommands
from showfloor.kernel.json_text import json_bytes
from showfloor.timeline.commands import (
    Command,
    CommandKind,
    CommandRoute,
    Outcome,
    SignedRoute,
    Step,
)

BODY_BYTES_MAX: Final = 8192
KEY_CHARS_MAX: Final = 255
ANSWER_WITHIN_S: Final = 15.0
# A browser that was set to a language by Django's cookie: only Django reads it.
_LANGUAGE_COOKIE: Final = b"django_language="
_NOBODY: Final = Claims("", "")  # a service is no person at any brand
_REPLAYED: Final = (b"idempotency-replayed", b"true")

# Returns the bearer of a token; AdmissionDenied.
type Identify = Callable[[str], Awaitable[Claims]]
# Returns the same from memory alone; None where only `Identify` can tell.
type KnownBearer = Callable[[str], Claims | None]


@dataclass(frozen=True, slots=True)
class _Found:
    """An operation, and what the request's head says."""

    name: str
    route: CommandRoute
    path: re.Match[str]
    token: str
    key: str
    language: str


@dataclass(frozen=True, slots=True)
class _Signed:
    """An operation that a service calls."""

    name: str
    route: SignedRoute
    path: re.Match[str]


class ApiRoutes:
    """An ASGI application in front of the one that has all operations."""

    def __init__(
        self, kinds: Iterable[CommandKind], commands: SteppedCommands, identify: Identify,
        known_bearer: KnownBearer, rate_limit: CommandRateLimit, otherwise: App,
    ) -> None:  # fmt: skip
        every = list(kinds)
        self._routes = [(kind.name, kind.route) for kind in every if kind.route is not None]
        self._signed = [(kind.name, kind.signed) for kind in every if kind.signed is not None]
        self._methods = {route.method for _name, route in self._routes} | {"POST"}
        self._commands = commands
        self._identify = identify
        self._known_bearer = known_bearer
        self._rate_limit = rate_limit
        self._otherwise = otherwise
        self._timeouts = AnswerTimeouts(ANSWER_WITHIN_S, _too_slow)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope)
        if isinstance(found, _Signed):
            await self._take(found, scope, receive, send)
            return
        if found is None:
            await self._otherwise(scope, receive, send)
            return
        try:
            claims = await self._identify(found.token)
        except AdmissionDenied:
            await self._otherwise(scope, receive, send)
            return
        try:
            sent = await responses.read_body(scope, receive, BODY_BYTES_MAX)
            body = _body(found, sent)
            if body is None:
                await self._otherwise(scope, _again(sent, receive), send)
                return
            response = await self._answer(found, claims, body)
        except RequestRejected as rejected:
            response = rejected.response
        except ClientDisconnected:
            return
        await responses.respond(send, response)

    def direct(self, scope: Scope, body: bytes, answer: Answer) -> bool:
        """Take a notice of a service, or a command of a person who is known here
        (`edge.http.direct`)."""
        found = self._find(scope)
        if isinstance(found, _Signed):
            command, step = _first_step(found, scope, body)
            answer_of = partial(_json_of, 200, found.route.answer)
            self._commands.begin(command, step, self._timeouts.bound(answer_of, answer))
            return True
        if found is None or len(body) > BODY_BYTES_MAX:
            return False
        claims = self._known_bearer(found.token)
        fields = _body(found, body) if claims is not None else None
        if claims is None or fields is None:
            return False
        wait_s = self._rate_limit.wait_s(claims)
        if wait_s:
            answer(responses.too_fast(wait_s))
        else:
            self._commands.enter(
                _command(found, claims, fields),
                self._timeouts.bound(partial(_response, found.route), answer),
            )
        return True

    def _find(self, scope: Scope) -> _Found | _Signed | None:
        if scope["type"] != "http" or scope["method"] not in self._methods:
            return None
        for name, route in self._routes:
            path = route.path.fullmatch(scope["path"])
            if path is not None and route.method == scope["method"]:
                return _read_head(name, route, path, scope)
        for name, signed in self._signed:
            path = signed.path.fullmatch(scope["path"])
            if path is not None and scope["method"] == "POST" and _is_plain(scope, signed):
                return _Signed(name, signed, path)
        return None

    async def _take(self, found: _Signed, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a service that signs what it sends."""
        try:
            body = await responses.read_body(scope, receive, found.route.bytes_max)
            async with asyncio.timeout(ANSWER_WITHIN_S):
                outcome = await self._commands.go_on(*_first_step(found, scope, body))
            response = _json_of(200, found.route.answer, outcome)
        except RequestRejected as rejected:
            response = rejected.response
        except ClientDisconnected:
            return
        except TimeoutError:
            response = problem(503, "unavailable", "It took too long.", retry_after_s=1)
        await responses.respond(send, response)

    async def _answer(self, found: _Found, claims: Claims, body: Mapping[str, Any]) -> Response:
        wait_s = self._rate_limit.wait_s(claims)
        if wait_s:
            return responses.too_fast(wait_s)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                outcome = await self._commands.submit(_command(found, claims, body))
        except TimeoutError:
            return _too_slow()
        return _response(found.route, outcome)


def _command(found: _Found, claims: Claims, body: Mapping[str, Any]) -> Command:
    return Command(found.key, found.name, body, claims, "", accept_language=found.language)


def _first_step(found: _Signed, scope: Scope, body: bytes) -> tuple[Command, Step]:
    """Return the step that reads what a service has signed, and the command that it belongs to."""
    headers = {
        name.decode("latin-1").title(): value.decode("latin-1") for name, value in scope["headers"]
    }
    ask = partial(found.route.read, found.path, headers, body)
    return Command("", found.name, {}, _NOBODY, ""), Step(
        found.name, ask, waits=found.route.waits(found.path)
    )


def _too_slow() -> Response:
    return problem(
        503, "unavailable", "It took too long. Send it again with the same key.", retry_after_s=1
    )


def _read_head(name: str, route: CommandRoute, path: re.Match[str], scope: Scope) -> _Found | None:
    """Return what the head says; None when anything about it is not as it should be."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    scheme, _space, token = headers.get(b"authorization", b"").partition(b" ")
    key, length = headers.get(b"idempotency-key", b""), headers.get(b"content-length", b"")
    is_good = (
        scheme.lower() == b"bearer"
        and token.isascii()
        and (_is_key(key) or not route.has_key)
        and length.isdigit()
        and int(length[:6]) <= BODY_BYTES_MAX
        and not scope.get("query_string")
        and _LANGUAGE_COOKIE not in headers.get(b"cookie", b"")
    )
    if not is_good:
        return None
    language = headers.get(b"accept-language", b"").decode("latin-1") or "*"
    name_of = key.decode() if route.has_key else ""
    return _Found(name, route, path, token.decode().strip(), name_of, language)


def _is_key(key: bytes) -> bool:
    return 1 <= len(key) <= KEY_CHARS_MAX and key.isascii() and key.decode("ascii").isprintable()


def _body(found: _Found, sent: bytes) -> Mapping[str, Any] | None:
    try:
        return found.route.read(found.path, responses.json_object(sent))
    except RequestRejected:
        return None


def _again(sent: bytes, receive: Receive) -> Receive:
    """Give a body that was read to the application behind."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": sent, "more_body": False}

    return again


def _is_plain(scope: Scope, signed: SignedRoute) -> bool:
    """Return whether a body of a length that is told and allowed comes to an address as it is."""
    length: bytes = dict(scope["headers"]).get(b"content-length", b"")
    is_short = length.isdigit() and int(length[:9]) <= signed.bytes_max
    return is_short and not scope.get("query_string")


def _json_of(status: int, answer: str, outcome: Outcome) -> Response:
    if outcome.problem is not None:
        return problem_of(outcome.problem)
    return Response(status, json_bytes(outcome.result[answer]))


def _response(route: CommandRoute, outcome: Outcome) -> Response:
    response = _json_of(route.status, route.answer, outcome)
    return response.with_headers(_REPLAYED) if outcome.replayed else response
