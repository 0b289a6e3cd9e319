"""The test provider by itself: cards, tokens, books that last, deliveries over real HTTP."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, override

import httpx
import pytest

from showfloor.accounts.network import NetworkHasher
from showfloor.adapters.testpay import signature
from showfloor.adapters.testpay.app import BODY_BYTES_MAX, TokenApp
from showfloor.adapters.testpay.cards import BadCard
from showfloor.adapters.testpay.delivery import CONNECTIONS_MAX, Endpoint
from showfloor.adapters.testpay.provider import (
    DELIVERY_BACKOFF_S,
    EVENT_KEPT_MS,
    TestPay,
    TokenLimits,
)
from showfloor.checkout.ports import Attempt, BadPaymentMethod, ProviderStatus

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
CARD = {"number": "4242 4242 4242 4242", "exp": "12/30", "cvc": "123"}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pay(tmp_path: Path, clock: Clock) -> TestPay:
    return TestPay(tmp_path / "books.sqlite3", "secret", clock)


class _Server(ThreadingHTTPServer):
    request_queue_size = CONNECTIONS_MAX  # of a busy machine, which accepts late


class Shop:
    """Takes notices, and answers each with the next of `answers` (then 200)."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.notices: list[tuple[dict[str, str], bytes]] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shop.notices.append((dict(self.headers), body))
                self.send_response(shop.answers.pop(0) if shop.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            @override
            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def shop() -> Iterator[Shop]:
    served = Shop()
    yield served
    served.close()


def attempt(pay: TestPay, number: str = "4242424242424242", key: str = "key 1") -> Attempt:
    return Attempt("payment 1", key, 2480, "EUR", pay.create_token({**CARD, "number": number}))


def asked(key: str) -> Attempt:
    """An attempt, as the provider is asked about it later."""
    return Attempt("payment 1", key, 2480, "EUR")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "4242 4242 4242 4241"}, "number"),
        ({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "number"),
        ({"number": 4242424242424242}, "number"),
        ({"number": "4" * 1000}, "number"),
        ({"exp": "02/26"}, "exp"),
        ({"exp": "13/30"}, "exp"),
        ({"exp": "12/2030"}, "exp"),
        ({"exp": None}, "exp"),
        ({"cvc": "12"}, "cvc"),
        ({"cvc": "12a"}, "cvc"),
    ],
)
def test_bad_card_is_refused_with_its_field(
    pay: TestPay, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadCard) as refused:
        pay.create_token({**CARD, **change})
    assert refused.value.field == field


@pytest.mark.parametrize("typed", [None, [], "4242424242424242", 7])
def test_malformed_card_is_refused(pay: TestPay, typed: Any) -> None:
    with pytest.raises(BadCard):
        pay.create_token(typed)


def test_card_is_valid_to_the_end_of_its_month(pay: TestPay) -> None:
    assert pay.create_token({**CARD, "exp": "03 / 26"}).startswith("pm_")


def test_one_key_is_one_attempt(pay: TestPay) -> None:
    once = attempt(pay)
    first = pay.authorise(once)
    assert (first.status, first.amount, first.account) == (
        ProviderStatus.AUTHORIZED, 2480, "acct_test",
    )  # fmt: skip
    assert pay.authorise(once) == first
    with pytest.raises(BadPaymentMethod):
        pay.authorise(Attempt("payment 2", "key 2", 2480, "EUR", once.payment_method))


def test_card_token_is_valid_for_ten_minutes(pay: TestPay, clock: Clock) -> None:
    late = attempt(pay)
    clock.now = NOW + timedelta(minutes=10)
    with pytest.raises(BadPaymentMethod):
        pay.authorise(late)


def test_payments_survive_a_restart_of_the_provider(
    pay: TestPay, tmp_path: Path, clock: Clock
) -> None:
    made = pay.authorise(attempt(pay, "4000000000009995"))
    assert TestPay(tmp_path / "books.sqlite3", "secret", clock).fetch(asked("key 1")) == made
    assert pay.fetch(asked("key 2")) is None


def test_voided_payment_is_never_captured(pay: TestPay, clock: Clock, shop: Shop) -> None:
    pay.authorise(attempt(pay, "4000000000000341"))
    assert pay.void(asked("key 1")).status is ProviderStatus.VOIDED
    clock.now = NOW + timedelta(minutes=1)
    found = pay.fetch(asked("key 1"))
    assert found is not None
    assert found.status is ProviderStatus.VOIDED
    pay.deliver_to(Endpoint(shop.url, "shop.test"))
    assert pay.deliver_due() == 1
    assert json.loads(shop.notices[0][1])["type"] == "payment.voided"


def test_capture_is_announced_by_a_signed_webhook(pay: TestPay, shop: Shop) -> None:
    made = pay.authorise(attempt(pay))
    assert pay.deliver_due() == 0  # nowhere to send it yet
    pay.deliver_to(Endpoint(shop.url, "shop.test"))
    assert (pay.deliver_due(), pay.deliver_due()) == (1, 0)
    ((headers, body),) = shop.notices
    assert headers["Host"] == "shop.test"
    stamp_s = int(NOW.timestamp())
    assert headers["Showfloor-Signature"].startswith(f"t={stamp_s},v1=")
    event = pay.verify_webhook(headers, body, NOW)
    assert (event.kind, event.payment.status) == ("payment.captured", ProviderStatus.CAPTURED)
    assert (event.payment.reference, event.payment.amount) == (made.reference, 2480)


def test_many_notices_arrive_in_one_run_once_each(pay: TestPay, shop: Shop) -> None:
    count = 2 * CONNECTIONS_MAX + 1
    for number in range(count):
        pay.authorise(attempt(pay, key=f"key {number}"))
    pay.deliver_to(Endpoint(shop.url, "shop.test"))
    shop.answers = [500]
    assert pay.deliver_due() == count - 1
    assert len({json.loads(body)["id"] for _headers, body in shop.notices}) == count
    assert pay.due_events() == []


def test_event_that_was_not_taken_is_sent_again(pay: TestPay, shop: Shop, clock: Clock) -> None:
    pay.authorise(attempt(pay))
    pay.deliver_to(Endpoint(shop.url, "shop.test"))
    shop.answers = [500, 302]
    assert (pay.deliver_due(), pay.deliver_due()) == (0, 0)
    clock.now += timedelta(seconds=DELIVERY_BACKOFF_S[1])
    assert pay.deliver_due() == 0
    clock.now += timedelta(seconds=DELIVERY_BACKOFF_S[2])
    assert (pay.deliver_due(), pay.deliver_due()) == (1, 0)
    bodies = [body for _headers, body in shop.notices]
    assert bodies == [bodies[0]] * 3


def test_unreachable_shop_is_given_up_after_the_last_attempt(pay: TestPay, clock: Clock) -> None:
    pay.authorise(attempt(pay))
    pay.deliver_to(Endpoint("http://127.0.0.1:9/hook", "shop.test"))
    for _attempt in DELIVERY_BACKOFF_S:
        assert len(pay.due_events()) == 1
        assert pay.deliver_due() == 0
        clock.now += timedelta(hours=1)
    assert pay.due_events() == []


@pytest.mark.parametrize("age_s", [-301, 301])
def test_old_signature_is_refused(age_s: int) -> None:
    header = signature.sign(b"secret", b"body", 1_000_000)
    signature.check(b"secret", header, b"body", 1_000_300)
    with pytest.raises(signature.NotSigned):
        signature.check(b"secret", header, b"body", 1_000_000 + age_s)


# --- its address for browsers


async def post(
    pay: TestPay, body: bytes, address: str = "192.0.2.7", **headers: str
) -> tuple[int, Any]:
    app = TokenApp(pay, NetworkHasher("secret"))
    transport = httpx.ASGITransport(app, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.test") as browser:
        answer = await browser.post("/testpay/tokens", content=body, headers=headers)
    return answer.status_code, answer.json()


async def test_browser_gets_a_token(pay: TestPay) -> None:
    status, body = await post(pay, json.dumps(CARD).encode(), origin="https://shop.test")
    assert (status, body["payment_method"][:3]) == (201, "pm_")


async def test_refusal_names_its_field_to_the_browser(pay: TestPay) -> None:
    status, body = await post(pay, json.dumps({**CARD, "cvc": ""}).encode())
    assert (status, body["code"], body["field"]) == (422, "invalid-card", "cvc")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 2000, b"null"])
async def test_malformed_body_is_refused(pay: TestPay, body: bytes) -> None:
    assert (await post(pay, body))[0] == 422


async def test_large_body_and_a_foreign_page_are_refused(pay: TestPay) -> None:
    assert (await post(pay, b"x" * (BODY_BYTES_MAX + 1)))[0] == 413
    assert (await post(pay, json.dumps(CARD).encode(), origin="https://evil.test"))[0] == 403


async def test_tokens_of_one_network_have_a_rate(tmp_path: Path, clock: Clock) -> None:
    limits = TokenLimits(at_once=2, per_s=0.5, clock=lambda: 0.0)
    pay = TestPay(tmp_path / "books.sqlite3", "secret", clock, limits)
    card = json.dumps(CARD).encode()
    assert [(await post(pay, card))[0] for _n in range(2)] == [201, 201]
    status, refusal = await post(pay, card)
    assert (status, refusal["code"], refusal["retry_after_s"]) == (429, "rate-limited", 2.0)
    assert (await post(pay, card, address="203.0.113.9"))[0] == 201


def pays(pay: TestPay, token: str) -> bool:
    try:
        pay.authorise(Attempt(token, token, 2480, "EUR", token))
    except BadPaymentMethod:
        return False
    return True


def test_oldest_tokens_make_room_first_within_their_network(tmp_path: Path, clock: Clock) -> None:
    limits = TokenLimits(tokens_max=3, per_network_max=2)
    pay = TestPay(tmp_path / "books.sqlite3", "secret", clock, limits)
    crowd = [pay.create_token(CARD, "crowded") for _n in range(3)]
    elsewhere = pay.create_token(CARD, "elsewhere")
    last = pay.create_token(CARD, "crowded")
    paid = [pays(pay, token) for token in (*crowd, elsewhere, last)]
    assert paid == [False, False, True, True, True]
    full = [pay.create_token(CARD, f"network {n}") for n in range(4)]
    assert [pays(pay, token) for token in full] == [False, True, True, True]


def test_delivered_event_is_forgotten_after_a_week_and_the_payment_stays(
    pay: TestPay, shop: Shop, clock: Clock, tmp_path: Path
) -> None:
    pay.deliver_to(Endpoint(shop.url, "shop.test"))
    first = pay.authorise(attempt(pay, key="key 1"))
    assert pay.deliver_due() == 1
    clock.now += timedelta(milliseconds=EVENT_KEPT_MS + 60_000)
    pay.authorise(attempt(pay, key="key 2"))
    with closing(sqlite3.connect(tmp_path / "books.sqlite3")) as database:
        rows = database.execute("SELECT attempt_key FROM event").fetchall()
    assert rows == [("key 2",)]
    known = pay.fetch(asked("key 1"))
    assert known is not None
    assert (known.reference, known.status) == (first.reference, ProviderStatus.CAPTURED)


def test_database_of_an_older_version_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "books.sqlite3"
    with closing(sqlite3.connect(path)) as books:
        books.execute(
            "CREATE TABLE token (id TEXT PRIMARY KEY, behaviour TEXT NOT NULL,"
            " created_ms INTEGER NOT NULL, used_by TEXT) STRICT"
        )
    pay = TestPay(path, "secret")
    assert pays(pay, pay.create_token({**CARD, "exp": "12/49"}, "network"))
