"""One synthetic viewer: a client of the public protocol, as a browser is one.

A viewer has a cookie, a token and a name, follows the show over server-sent events, sends commands
by POST, and buys through the cart, the checkout and the test provider.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import uuid4

import httpx

from showfloor.audience.script import KEPT_FOR_PEOPLE, Buyer, Persona

ANSWER_WITHIN_S: Final = 10.0
LOOKS_MAX: Final = 20  # for the payment of a ticket to be captured
LOOK_EVERY_S: Final = 0.5
SILENCE_MAX_S: Final = 40.0  # a stream that is alive has a comment every 15 s


class NotDone(Exception):
    """The server did not do what was asked; `status` and `code` say why."""

    def __init__(self, what: str, status: int, code: str) -> None:
        super().__init__(f"{what}: {status} {code}")
        self.status, self.code = status, code


class ViewerClient:
    """`site`: the server's address, without a slash at the end. `host`: the name to ask it for,
    where that is another. `language`: the one that the viewer reads."""

    def __init__(
        self, site: str, show: str, persona: Persona, tls: ssl.SSLContext | bool, host: str = "",
        language: str = "",
    ) -> None:  # fmt: skip
        self.persona = persona
        self.id = ""
        self._show = show
        self._token = ""
        self._reactions: dict[str, int] = {}
        self._page = uuid4().hex
        self._http = httpx.AsyncClient(
            base_url=site, timeout=ANSWER_WITHIN_S, verify=tls, trust_env=False,
            cookies={"sessionid": persona.session} if persona.session else {},
            headers={
                **({"Host": host} if host else {}),
                **({"Accept-Language": language} if language else {}),
            },
        )  # fmt: skip

    async def close(self) -> None:
        await self._http.aclose()

    async def come(self) -> None:
        """Get a token, and take a name; again before the token runs out."""
        told = await self._ask("POST", "/api/v1/viewer-token", {"show": self._show})
        self._token, self.id = told["token"], told["viewer"]["id"]
        if told["viewer"]["name"] != self.persona.name:
            name = {"name": self.persona.name}
            self._token = (await self._ask("PUT", "/api/v1/viewer/name", name))["token"]

    async def enter(self, buyer: Buyer) -> None:
        """Buy a ticket, where this person has none yet; NotDone where that does not let them in."""
        if await self._may_watch():
            return
        skus = [
            variant["sku"]
            for product in await self.products() for variant in product["variants"]
            if variant["available"] > KEPT_FOR_PEOPLE
        ]  # fmt: skip
        if not skus:
            raise NotDone("buy a ticket", 409, "no-ticket-left")
        await self.buy(skus[0], None, buyer)
        for _look in range(LOOKS_MAX):
            if await self._may_watch():
                return
            await asyncio.sleep(LOOK_EVERY_S)
        raise NotDone("enter with a ticket", 403, "ticket-required")

    async def _may_watch(self) -> bool:
        try:
            await self._ask("GET", f"/api/v1/shows/{self._show}/pass")
        except NotDone as refused:
            if refused.code == "ticket-required":
                return False
            raise
        return True

    async def products(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._ask("GET", f"/api/v1/shows/{self._show}/products")
        return found

    async def snapshot(self) -> dict[str, Any]:
        """Return the show as it stands."""
        found: dict[str, Any] = await self._ask("GET", f"/timeline/{self._show}/snapshot")
        return found

    async def entries(self) -> AsyncIterator[Mapping[str, Any]]:
        """Follow the show from now on, until its stream ends: NotDone or httpx.HTTPError."""
        async for line in self._stream():
            if not line.startswith("data: "):
                continue
            frame = json.loads(line[6:])
            for entry in frame.get("entries", ()) if frame["type"] == "entries" else ():
                yield entry

    async def watch(self) -> None:
        """Be there until the stream ends; what comes is not read."""
        async for _line in self._stream():
            pass

    async def _stream(self) -> AsyncIterator[str]:
        at = await self._ask("GET", f"/timeline/{self._show}")
        address = f"/timeline/{self._show}?after={at['seq']}&epoch={at['epoch']}"
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {self._token}"}
        patience = httpx.Timeout(ANSWER_WITHIN_S, read=SILENCE_MAX_S)
        async with self._http.stream("GET", address, headers=headers, timeout=patience) as answer:
            if answer.status_code != 200:
                raise NotDone("follow", answer.status_code, "")
            async for line in answer.aiter_lines():
                yield line

    async def command(self, name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a command; the answer, or NotDone."""
        frame = {"id": uuid4().hex, "name": name, "body": body}
        done: Mapping[str, Any] = await self._ask("POST", f"/timeline/{self._show}/commands", frame)
        return done

    async def react(self, sort: str, count: int) -> None:
        self._reactions[sort] = self._reactions.get(sort, 0) + count
        await self.command("reactions", {"session": self._page, "totals": self._reactions})

    async def buy(self, sku: str, show_time_s: float | None, buyer: Buyer) -> str:
        """Buy one piece from the cart to the order's number; NotDone for one that is sold out."""
        item = {"sku": sku, "quantity": 1, "show": self._show, "show_time_s": show_time_s}
        await self._ask("POST", "/api/v1/cart/items", item, keyed=True)
        checkout = await self._ask("POST", "/api/v1/checkouts", {}, keyed=True)
        address = f"/api/v1/checkouts/{checkout['id']}"
        await self._ask("PATCH", address, self._details(checkout, buyer))
        card = {"number": buyer.card, "exp": "12/34", "cvc": "123"}
        token = await self._ask("POST", "/testpay/tokens", card)
        paid = await self._ask("POST", f"{address}/pay", token, keyed=True)
        return str((paid.get("order") or {}).get("number", ""))

    def _details(self, checkout: Mapping[str, Any], buyer: Buyer) -> dict[str, Any]:
        mailbox = "".join(c for c in self.persona.name.lower() if c.isascii() and c.isalnum())
        options = checkout.get("shipping_options") or [{}]
        consent = {"begin_at_once": True} if checkout.get("needs_consent") else {}
        return consent | {
            "email": f"{mailbox or 'viewer'}@{buyer.domain}", "name": self.persona.name,
            "address": {
                "line1": buyer.street, "postal_code": buyer.postal_code, "city": buyer.city,
                "country": buyer.country,
            },
            "shipping_option": options[0].get("id"),
        }  # fmt: skip

    async def _ask(
        self, method: str, address: str, body: Any = None, *, keyed: bool = False
    ) -> Any:
        headers = {"Idempotency-Key": uuid4().hex} if keyed else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        csrf = self._http.cookies.get("csrftoken")
        if csrf:
            headers["X-CSRFToken"] = csrf
        answer = await self._http.request(method, address, json=body, headers=headers)
        for cookie in self._http.cookies.jar:
            cookie.secure = False  # on this machine a site with TLS is asked without it
        if answer.status_code >= 400:
            kind = answer.headers.get("Content-Type", "")
            code = answer.json().get("code", "") if "json" in kind else ""
            raise NotDone(f"{method} {address}", answer.status_code, code)
        return answer.json() if answer.content else None
