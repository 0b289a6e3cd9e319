"""`POST /testpay/tokens`: where the buyer's browser leaves a card and gets a one-time token: no
card number ever reaches the shop. A public address of the provider, beside the shop's own."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts.network import NetworkHasher, client_address
from showfloor.adapters.testpay.cards import BadCard
from showfloor.adapters.testpay.provider import TestPay, TooManyTokens

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

PATH = "/testpay/tokens"
BODY_BYTES_MAX = 2048


class TokenApp:
    """An ASGI application for addresses under `/testpay/`."""

    def __init__(self, provider: TestPay, network: NetworkHasher, trusted_proxies: int = 0) -> None:
        self._provider = provider
        self._network = network
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        with translation.override(_language(headers)):
            if scope["path"] != PATH:
                await _problem(send, 404, "not-found", _("There is no such thing here."))
            elif scope["method"] != "POST":
                await _problem(send, 405, "method-not-allowed", _("Send it with POST."))
            elif not _same_origin(headers):
                await _problem(send, 403, "forbidden", _("Only the shop's own pages may ask."))
            else:
                await self._create(self._network_of(scope), receive, send)

    def _network_of(self, scope: Scope) -> str:
        remote = (scope.get("client") or ("",))[0]
        hops = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        forwarded_for = b",".join(hops).decode("latin-1")
        return self._network(client_address(remote, forwarded_for, self._trusted_proxies))

    async def _create(self, network: str, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await _problem(send, 413, "too-large", _("A card is smaller than that."))
            return
        try:
            token = await asyncio.to_thread(self._provider.create_token, _parsed(body), network)
        except BadCard as error:
            await _problem(send, 422, "invalid-card", str(error.message), error.field)
            return
        except TooManyTokens as error:
            sentence = _("Too many cards at once; try again later.")
            await _problem(send, 429, "rate-limited", sentence, wait_s=error.retry_after_s)
            return
        await _answer(send, 201, b"application/json", {"payment_method": token})


async def _body(receive: Receive) -> bytes | None:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            return None
        if not message.get("more_body", False):
            return body


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _same_origin(headers: dict[bytes, bytes]) -> bool:
    origin = headers.get(b"origin")
    return origin is None or urlsplit(origin.decode("latin-1")).netloc == headers.get(
        b"host", b""
    ).decode("latin-1")


def _language(headers: dict[bytes, bytes]) -> str:
    """The language of ours that the browser likes best, as Django chooses it for the pages."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin-1")
    return translation.get_language_from_request(request)


async def _problem(
    send: Send, status: int, code: str, detail: str, field: str = "", wait_s: float = 0.0
) -> None:
    body: dict[str, Any] = {
        "type": f"/problems/{code}", "title": code.replace("-", " ").capitalize(),
        "status": status, "code": code, "detail": detail,
    }  # fmt: skip
    if field:
        body["field"] = field
    if wait_s:
        body["retry_after_s"] = wait_s
    await _answer(send, status, b"application/problem+json", body)


async def _answer(send: Send, status: int, kind: bytes, body: dict[str, Any]) -> None:
    headers = [(b"content-type", kind), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
