"""WHIP over HTTP (RFC 9725).

    POST    /whip/<show>            an offer, with the stream key as bearer: 201 with the answer
    OPTIONS /whip/<show>            what may be posted
    PATCH   /whip/<show>/<session>  further candidates: 204
    DELETE  /whip/<show>/<session>  the end: 200, a second time, too

The session's address is a secret that only its publisher was told. ICE restarts are not offered, so
an answer has no ETag, and a request that needs one gets 412 or 405.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.http import responses
from showfloor.edge.http.responses import (
    ClientDisconnected,
    RequestRejected,
    Response,
    problem,
)
from showfloor.media.ports import Cause, PublishRejected, PublishRequest
from showfloor.media.whip.ice_servers import IceServers
from showfloor.media.whip.offers import candidates_in, checked
from showfloor.media.whip.ports import OfferRefused, PeerFailed
from showfloor.media.whip.sessions import WhipSession, WhipSessions

OFFER_MAX_BYTES: Final = 64 << 10
SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"
PATH: Final = re.compile(
    r"/whip/(?P<slug>[A-Za-z0-9_-]{1,100})(?:/(?P<session>[A-Za-z0-9_-]{1,64}))?"
)
APP: Final = "whip"
_STATUS: Final[Mapping[str, tuple[int, float | None]]] = {  # of a rejection, and when to try again
    "unauthorized": (401, None),
    "busy": (409, 3),
    "limit": (503, 10),
    "unsupported": (406, None),
    "failed": (503, 2),
}
_CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Link, Location, Retry-After"),
)


class WhipApp:
    """An ASGI application for everything under `/whip/`."""

    def __init__(
        self, sessions: WhipSessions, ice_servers: IceServers, *, trusted_proxies: int = 0
    ) -> None:
        self._sessions = sessions
        self._ice_servers = ice_servers
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        try:
            response = await self._respond(scope, receive)
        except RequestRejected as rejected:
            response = rejected.response
        except ClientDisconnected:
            return
        except OfferRefused as refused:
            response = problem(refused.status, refused.code, refused.message)
        except PeerFailed:
            response = problem(503, "unavailable", "Try again.", retry_after_s=2)
        await responses.respond(send, response.with_headers(*_CORS))

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        match = PATH.fullmatch(scope["path"])
        if match is None:
            return _NO_ADDRESS
        if match["session"]:
            return await self._at_session(match["slug"], match["session"], scope, receive)
        match scope["method"]:
            case "OPTIONS":
                return _preflight("POST", (b"accept-post", SDP.encode()))
            case "POST":
                return await self._post(match["slug"], scope, receive)
        return _not_allowed("POST")

    async def _post(self, slug: str, scope: Scope, receive: Receive) -> Response:
        key = _key(scope)
        _require_type(scope, SDP)
        body = await responses.read_body(scope, receive, OFFER_MAX_BYTES)
        try:
            offer = checked(body.decode("utf-8"))
        except UnicodeDecodeError:
            raise OfferRefused(400, "bad-offer", "The body is no session description.") from None
        address = responses.visitor_address(scope, self._trusted_proxies)
        port = scope["client"][1] if scope.get("client") else 0
        encoder = _printable(responses.header(scope, b"user-agent"))
        request = PublishRequest(APP, key, encoder, f"{address}:{port}", show=slug)
        try:
            session, answer = await self._sessions.open(request, offer)
        except PublishRejected as rejection:
            return _rejected(rejection)
        location = f"/whip/{slug}/{session.id}".encode()
        return Response(
            HTTPStatus.CREATED, answer.encode(), SDP, responses.FOR_ONE_PERSON,
            ((b"location", location), *self._ice_servers.links()),
        )  # fmt: skip

    async def _at_session(
        self, slug: str, session_id: str, scope: Scope, receive: Receive
    ) -> Response:
        method = scope["method"]
        if method == "OPTIONS":
            return _preflight("PATCH, DELETE", (b"accept-patch", FRAGMENT.encode()))
        if method not in {"PATCH", "DELETE"}:
            return _not_allowed("PATCH, DELETE")
        session = self._sessions.find(session_id)
        if session is None or session.show != slug:
            is_done = method == "DELETE" and self._sessions.has_ended(session_id)
            return _DONE if is_done else _NO_SESSION
        token = responses.bearer(scope)
        if token is not None and not session.may_use(token):
            return problem(401, "bad-token", "This is not the key of this session.")
        if method == "DELETE":
            session.end()  # the rest happens behind: FFmpeg and OBS wait for this answer
            return _DONE
        return await _patch(session, scope, receive)


async def _patch(session: WhipSession, scope: Scope, receive: Receive) -> Response:
    _require_type(scope, FRAGMENT)
    known = responses.header(scope, b"if-match")
    if known == "*":  # RFC 9725, 4.3.3: a restart of ICE
        return problem(405, "no-restart", "ICE cannot be restarted: publish again.")
    if known:
        return problem(412, "stale", "This session has no such entity tag.")
    body = await responses.read_body(scope, receive, OFFER_MAX_BYTES)
    session.add_candidates(candidates_in(body.decode("utf-8", "replace")))
    return Response(HTTPStatus.NO_CONTENT)


def _key(scope: Scope) -> str:
    token = responses.bearer(scope)
    if token is None:
        raise RequestRejected(
            problem(401, "token-required", "The stream key is needed as a bearer token.")
        )
    return token


def _require_type(scope: Scope, wanted: str) -> None:
    given = responses.header(scope, b"content-type").partition(";")[0].strip().lower()
    if given != wanted:
        raise RequestRejected(
            problem(415, "wrong-type", f"Content-Type must be {wanted}.", field="Content-Type")
        )


def _rejected(rejection: PublishRejected) -> Response:
    status, retry_after_s = _STATUS.get(rejection.code, (503, 2))
    if rejection.cause is Cause.ENDED:
        status = 403
    if retry_after_s is None:
        return problem(status, rejection.code, rejection.message)
    return problem(status, rejection.code, rejection.message, retry_after_s=retry_after_s)


def _preflight(methods: str, accepted: tuple[bytes, bytes]) -> Response:
    return Response(
        HTTPStatus.NO_CONTENT, cache="max-age=86400",
        headers=(
            accepted,
            (b"access-control-allow-methods", methods.encode()),
            (b"access-control-allow-headers", b"Authorization, Content-Type, If-Match"),
            (b"access-control-max-age", b"86400"),
        ),
    )  # fmt: skip


def _not_allowed(methods: str) -> Response:
    response = problem(405, "method-not-allowed", f"Only {methods}.")
    return response.with_headers((b"allow", f"{methods}, OPTIONS".encode()))


def _printable(text: str) -> str:
    return "".join(c for c in text[:100] if c.isprintable())


_DONE: Final = Response(HTTPStatus.OK, b"Ended.\n", "text/plain")
_NO_ADDRESS: Final = problem(404, "not-found", "There is no such address.")
_NO_SESSION: Final = problem(404, "not-found", "There is no such session.")
