"""The API's operations that edge answers: the same answers as Django's, and everything that is not
as it should be is left to Django."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client

from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import Brand
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.models import Cart, ShippingOption
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.commands.api_routes import ApiRoutes
from showfloor.edge.commands.rate_limit import CommandRateLimit
from showfloor.edge.ports import AdmissionDenied
from showfloor.kernel.clock import utc_now
from showfloor.roles.command_writers import CommandWriters
from showfloor.site.commands import COMMANDS
from tests.stock.helpers import broken_invariants, make_variant

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS, CHECKOUTS = "/api/v1/cart/items", "/api/v1/checkouts"
OF_EACH = ("id", "expires_at", "variant_id", "product_id")  # differ from buyer to buyer


class Behind:
    """The application behind, which notes the bodies that it gets."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive()).get("body", b""))
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def identify(token: str) -> Claims:
    """Take the token itself for the bearer, at the one brand."""
    if token == "stale":
        raise AdmissionDenied(4401, "run out")
    brand_id, _slash, sub = token.partition("/")
    return Claims(sub, brand_id)


class Doors:
    """Both ways to one operation."""

    def __init__(self, brand: Brand, commands: CommandWriters) -> None:
        self.brand = brand
        self.behind = Behind()
        self.database = Database()
        app = ApiRoutes(
            COMMANDS.values(), commands.queue, identify, CommandRateLimit(), self.behind
        )
        self._edge = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://testserver"
        )
        self._django = Client()

    async def edge(
        self, path: str, body: Any, *, who: str = "g:edge", key: str = "k", method: str = "POST",
        **headers: str,
    ) -> httpx.Response:  # fmt: skip
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Authorization": f"Bearer {self.brand.pk}/{who}", "Idempotency-Key": key,
            "Content-Type": "application/json", **headers,
        }  # fmt: skip
        return await self._edge.request(method, path, content=content, headers=sent)

    def django(
        self, path: str, body: Any, *, key: str = "k", method: str = "POST", **headers: str
    ) -> Any:
        token = token_signer().issue(Claims("g:django", self.brand.pk), utc_now())
        sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, **headers}
        return self._django.generic(
            method, path, json.dumps(body), "application/json", headers=sent
        )

    async def both(
        self, path: str | tuple[str, str], body: Any, **more: str
    ) -> tuple[int, dict[str, Any]]:
        """Ask both ways, each for a buyer of its own; return their one answer. `path`: one for
        each of them, where they differ."""
        paths = (path, path) if isinstance(path, str) else path
        edge = await self.edge(paths[0], body, **more)
        django = await self.database.run(self.django, paths[1], body, **more)
        answers = [
            (
                answer.status_code, answer.headers["content-type"],
                answer.headers["cache-control"], answer.headers.get("idempotency-replayed"),
                answer.headers.get("retry-after"), without(answer.json()),
            )
            for answer in (edge, django)
        ]  # fmt: skip
        assert answers[0] == answers[1]
        return edge.status_code, edge.json()


def without(value: Any) -> Any:
    """Return an answer without what differs from buyer to buyer."""
    if isinstance(value, dict):
        return {key: without(one) for key, one in value.items() if key not in OF_EACH}
    return [without(one) for one in value] if isinstance(value, list) else value


def versions(brand: Brand) -> list[int]:
    return [cart.version for cart in Cart.objects.for_brand(brand)]


@pytest.fixture
def brand() -> Brand:
    brand = Brand.objects.create(slug="maison", name="Maison", currency="EUR")
    ShippingOption(brand=brand, name="Post", price=490, countries=["DE", "AT"]).save()
    for sku, units in (("CREAM", 9), ("SOAP", 2)):
        make_variant(brand, sku, units)
    return brand


@pytest.fixture
async def doors(brand: Brand, tmp_path: Path) -> AsyncIterator[Doors]:
    provider.use(TestPay(tmp_path / "testpay.sqlite3", "secret"))
    commands = CommandWriters()
    doors = Doors(brand, commands)
    yield doors
    await commands.stop()
    provider.use(None)
    assert await doors.database.run(broken_invariants) == []
    await doors.database.stop()


async def test_both_ways_answer_in_the_same_words(doors: Doors) -> None:
    cream = {"sku": "CREAM", "quantity": 2, "show": "nowhere", "show_time_s": 3}
    status, cart = await doors.both(ITEMS, cream)
    assert (status, cart["version"], cart["count"]) == (200, 1, 2)
    assert (await doors.both(ITEMS, cream))[1] == cart  # again, under its key
    status, said = await doors.both(ITEMS, {**cream, "quantity": 3})
    assert (status, said["code"]) == (422, "idempotency-key-reused")
    german = {"Accept-Language": "fr;q=0.9, de-AT;q=0.8"}
    status, said = await doors.both(ITEMS, {"sku": "SOAP", "quantity": 3}, key="s", **german)
    assert (status, said["field"], said["detail"]) == (409, "SOAP", "Nur noch 2 Stück.")
    for number, wrong in enumerate(({"sku": "NONE"}, {"sku": "CREAM", "quantity": 21})):
        assert (await doors.both(ITEMS, wrong, key=f"w{number}"))[0] in {404, 422}
    status, begun = await doors.both(CHECKOUTS, {}, **german)
    assert (status, begun["address"]["country"]) == (201, "AT")
    assert (await doors.both(CHECKOUTS, {}))[1] == begun
    assert doors.behind.bodies == []


async def test_checkout_is_filled_in_both_ways_with_the_same_words(doors: Doors) -> None:
    await doors.both(ITEMS, {"sku": "CREAM"})
    edge = await doors.edge(CHECKOUTS, {})
    django = await doors.database.run(doors.django, CHECKOUTS, {})
    paths = tuple(f"{CHECKOUTS}/{begun.json()['id']}" for begun in (edge, django))

    async def fill_in(body: Any, **more: str) -> tuple[int, dict[str, Any]]:
        return await doors.both((paths[0], paths[1]), body, method="PATCH", **more)

    address = {"line1": "Hauptstr. 1", "postal_code": "1010", "city": "Wien", "country": "AT"}
    status, filled = await fill_in({"email": "a@example.test", "address": address}, key="")
    assert (status, filled["address"]["city"], filled["totals"]["total"]) == (200, "Wien", 2480)
    status, said = await fill_in({"name": "X", "address": {"postal_code": "D"}})
    assert (status, said["field"]) == (422, "address.postal_code")
    status, kept = await fill_in({"address": None, "name": None})
    assert (status, kept) == (200, filled)
    assert doors.behind.bodies == []
    mine = (paths[1], paths[0])  # each asks for the other's
    assert (await doors.both(mine, {"name": "X"}, method="PATCH"))[1]["code"] == "not-found"


@pytest.mark.parametrize(
    "body",
    [
        b'{"price": 1}', b'{"name": 7}', b'{"address": []}', b'{"address": {"email": "x"}}',
        b'{"line1": "x"}', b'{"name": "%s"}' % (b"x" * 301),
        b'{"shipping_option": "%s"}' % (b"x" * 27),
    ],
)  # fmt: skip
async def test_details_that_are_not_as_the_api_says_are_left_to_it(
    doors: Doors, body: bytes
) -> None:
    assert (await doors.edge(f"{CHECKOUTS}/x", body, method="PATCH")).status_code == 418
    assert doors.behind.bodies == [body]


async def test_empty_cart_is_refused_in_the_same_words(doors: Doors) -> None:
    status, said = await doors.both(CHECKOUTS, {})
    assert (status, said["code"]) == (422, "cart-empty")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'{"sku": "CREAM", "price": 1}', b'{"quantity": 1}', b'{"sku": 7}',
        b'{"sku": "CREAM", "quantity": "2"}', b'{"sku": "CREAM", "quantity": true}',
        b'{"sku": "CREAM", "quantity": 1.0}', b'{"sku": "CREAM", "quantity": 2147483648}',
        b'{"sku": "CREAM", "show_time_s": NaN}', b'{"sku": "%s"}' % (b"x" * 121),
    ],
)  # fmt: skip
async def test_body_that_is_not_as_the_api_says_is_left_to_it(doors: Doors, body: bytes) -> None:
    assert (await doors.edge(ITEMS, body)).status_code == 418
    assert doors.behind.bodies == [body]
    assert await doors.database.run(versions, doors.brand) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer stale"}, {"Authorization": "Basic x"}, {"Authorization": ""},
        {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 256}, {"Cookie": "django_language=de"},
    ],
)  # fmt: skip
async def test_head_that_is_not_as_it_should_be_is_left_to_the_api(
    doors: Doors, headers: dict[str, str]
) -> None:
    answer = await doors.edge(ITEMS, {"sku": "CREAM"}, **headers)
    assert (answer.status_code, doors.behind.bodies) == (418, [b'{"sku": "CREAM"}'])
    assert await doors.database.run(versions, doors.brand) == []


@pytest.mark.parametrize("path", [f"{ITEMS}?x=1", "/api/v1/cart", f"{ITEMS}/CREAM", "/"])
async def test_other_address_is_left_to_the_api(doors: Doors, path: str) -> None:
    assert (await doors.edge(path, {"sku": "CREAM"})).status_code == 418


async def test_one_buyer_at_once_is_limited(doors: Doors) -> None:
    answers = await asyncio.gather(
        *(doors.edge(ITEMS, {"sku": "NONE"}, key=f"k{number}") for number in range(25))
    )
    counts = [answer.status_code for answer in answers]
    assert (counts.count(404), counts.count(429)) == (20, 5)


async def test_fast_taps_of_many_are_one_batch_and_none_is_lost(doors: Doors) -> None:
    """Ten buyers tap five times each at the same moment, one of them on what is not there."""
    asked = [(f"g:{who}", f"{tap}") for tap in range(5) for who in range(10)]
    answers = await asyncio.gather(
        *(
            doors.edge(ITEMS, {"sku": "NONE" if who == "g:7" else "CREAM"}, who=who, key=key)
            for who, key in asked
        )
    )
    for (who, key), answer in zip(asked, answers, strict=True):
        if who == "g:7":
            assert answer.status_code == 404
        else:
            assert (answer.status_code, answer.json()["version"]) == (200, int(key) + 1)
    assert await doors.database.run(versions, doors.brand) == [5] * 9
