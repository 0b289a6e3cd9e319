"""The API's operations that edge answers: the same answers as Django's, and everything that is not
as it should be is left to Django."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from functools import partial
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
from showfloor.checkout.models import Cart, Order, ShippingOption
from showfloor.checkout.ports import Attempt, ProviderUnavailable
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.commands.api_routes import ApiRoutes
from showfloor.edge.commands.rate_limit import CommandRateLimit
from showfloor.edge.ports import AdmissionDenied
from showfloor.kernel.clock import utc_now
from showfloor.roles.command_writers import CommandWriters
from showfloor.site.commands import COMMANDS
from tests.checkout.shopping import ADDRESS, DECLINED, OK
from tests.stock.helpers import broken_invariants, make_variant
from tests.support.asgi import directly

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS, CHECKOUTS = "/api/v1/cart/items", "/api/v1/checkouts"
NOTICES = "/api/v1/webhooks/payments/test"
OF_EACH = (
    "number",
    "url",
    "id",
    "expires_at",
    "variant_id",
    "product_id",
)  # differ from buyer to buyer


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


def known_bearer(token: str) -> Claims | None:
    """Return the same for buyers who have been here, all of them."""
    brand_id, _slash, sub = token.partition("/")
    return None if token == "stale" else Claims(sub, brand_id)


class Doors:
    """Both ways to one operation."""

    def __init__(self, brand: Brand, commands: CommandWriters, testpay: TestPay) -> None:
        self.testpay = testpay
        self.brand = brand
        self.behind = Behind()
        self.database = Database()
        app = ApiRoutes(
            COMMANDS.values(), commands.queue, identify, known_bearer, CommandRateLimit(),
            self.behind,
        )  # fmt: skip
        self._edge = httpx.AsyncClient(
            transport=httpx.ASGITransport(directly(app, app.direct)), base_url="http://testserver"
        )
        self._slowly = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://testserver"
        )
        self._django = Client()
        self.is_slow = False  # bodies do not come with their heads

    async def edge(
        self, path: str, body: Any, *, who: str = "g:edge", key: str = "k", method: str = "POST",
        **headers: str,
    ) -> httpx.Response:  # fmt: skip
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Authorization": f"Bearer {self.brand.pk}/{who}", "Idempotency-Key": key,
            "Content-Type": "application/json", **headers,
        }  # fmt: skip
        client = self._slowly if self.is_slow else self._edge
        return await client.request(method, path, content=content, headers=sent)

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

    def card(self, number: str) -> str:
        return self.testpay.create_token({"number": number, "exp": "12/49", "cvc": "123"})

    async def ready(self, who: str) -> str:
        """Begin and fill in a checkout; return its address."""
        assert (await self.edge(ITEMS, {"sku": "CREAM"}, who=who)).status_code == 200
        begun = await self.edge(CHECKOUTS, {}, who=who)
        path = f"{CHECKOUTS}/{begun.json()['id']}"
        filled = await self.edge(path, ADDRESS, who=who, method="PATCH")
        assert filled.status_code == 200, filled.text
        return path

    async def buy(self, who: str) -> None:
        path = await self.ready(who)
        paid = await self.edge(f"{path}/pay", {"payment_method": self.card(OK)}, who=who)
        assert paid.status_code == 200, paid.text


def order_states(brand: Brand) -> list[str]:
    return [order.state for order in Order.objects.for_brand(brand)]


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
    testpay = TestPay(tmp_path / "testpay.sqlite3", "secret")
    provider.use(testpay)
    commands = CommandWriters()
    doors = Doors(brand, commands, testpay)
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


async def test_request_whose_body_comes_late_is_answered_in_the_same_words(doors: Doors) -> None:
    cream = {"sku": "CREAM", "quantity": 2}
    quick = await doors.edge(ITEMS, cream, who="g:quick")
    doors.is_slow = True
    late = await doors.edge(ITEMS, cream, who="g:late")
    assert (late.status_code, late.headers) == (quick.status_code, quick.headers)
    assert without(late.json()) == without(quick.json())
    again = await doors.edge(ITEMS, cream, who="g:late")
    doors.is_slow = False
    for one in (again, await doors.edge(ITEMS, cream, who="g:late")):
        assert (one.headers["idempotency-replayed"], one.json()) == ("true", late.json())
    assert await doors.database.run(versions, doors.brand) == [1, 1]


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


async def test_payment_is_answered_both_ways_with_the_same_words(doors: Doors) -> None:
    """An incomplete form, a card that is declined, a good one, and one too many; each is asked for
    twice under its key."""
    await doors.both(ITEMS, {"sku": "CREAM"})
    edge = await doors.edge(CHECKOUTS, {})
    django = await doors.database.run(doors.django, CHECKOUTS, {})
    paths = [f"{CHECKOUTS}/{begun.json()['id']}" for begun in (edge, django)]

    async def pay(number: str, key: str) -> tuple[int, dict[str, Any]]:
        cards = [doors.card(number), doors.card(number)]
        answers = [
            await doors.edge(f"{paths[0]}/pay", {"payment_method": cards[0]}, key=key),
            await doors.database.run(
                partial(doors.django, f"{paths[1]}/pay", {"payment_method": cards[1]}, key=key)
            ),
        ]  # fmt: skip
        again = await doors.edge(f"{paths[0]}/pay", {"payment_method": cards[0]}, key=key)
        assert (again.status_code, again.json()) == (answers[0].status_code, answers[0].json())
        told = [(one.status_code, without(one.json())) for one in answers]
        assert told[0] == told[1]
        return told[0]

    status, said = await pay(OK, "k1")
    assert (status, said["field"]) == (422, "email")
    address = {"line1": "Hauptstr. 1", "postal_code": "1010", "city": "Wien", "country": "AT"}
    filled = {"email": "a@example.test", "name": "Anna", "address": address}
    await doors.both((paths[0], paths[1]), filled, method="PATCH")
    status, said = await pay(DECLINED, "k2")
    assert (status, said["code"]) == (402, "payment-declined")
    status, paid = await pay(OK, "k3")
    assert (status, paid["order"]["state"]) == (200, "placed")
    status, said = await pay(OK, "k4")
    assert (status, said["code"]) == (409, "already-ordered")
    assert doors.behind.bodies == []


async def test_notices_of_many_payments_are_taken_once_each(doors: Doors) -> None:
    """Each of five notices comes twice, at the same moment; two more are signed by nobody."""
    for who in range(5):
        await doors.buy(f"g:{who}")
    events = [event["body"].encode() for event in doors.testpay.due_events()]
    notices = [(body, doors.testpay.signed(body)) for body in events * 2]
    forged = [(events[0], {}), (events[1], doors.testpay.signed(events[0]))]
    answers = await asyncio.gather(
        *(doors.edge(NOTICES, body, **headers) for body, headers in notices + forged)
    )
    outcomes = [answer.json().get("outcome", answer.json().get("code")) for answer in answers]
    assert sorted(outcomes) == (
        ["applied"] * 5 + ["bad-signature"] * 2 + ["duplicate"] * 5
    )  # fmt: skip
    assert await doors.database.run(order_states, doors.brand) == ["confirmed"] * 5
    assert doors.behind.bodies == []


async def test_slow_provider_delays_nobody_else(doors: Doors) -> None:
    """One is asked for a long time; another pays meanwhile, and the first is answered at last."""
    slow = await doors.ready("g:slow")
    gate = threading.Event()

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(doors.testpay, name)

        def authorise(self, attempt: Attempt) -> Any:
            if attempt.payment_method == "slow":
                assert gate.wait(20)
                raise ProviderUnavailable
            return doors.testpay.authorise(attempt)

    provider.use(Slow())
    first = asyncio.create_task(
        doors.edge(f"{slow}/pay", {"payment_method": "slow"}, who="g:slow", key="s")
    )
    await doors.buy("g:quick")
    assert not first.done()
    gate.set()
    assert ((await first).status_code, (await first).json()["code"]) == (
        503, "payment-unavailable",
    )  # fmt: skip
    card = {"payment_method": doors.card(OK)}
    other = await doors.edge(f"{slow}/pay", card, who="g:slow", key="other")
    assert other.json()["code"] == "payment-in-progress"  # the key of before goes on


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
