"""News of one payment, requests under one key, workers at one mail: all at the same moment."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from showfloor.accounts.handover import Handover
from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import sqlite_turns, write
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import (
    OPEN_STATES,
    Cart,
    CartLine,
    Checkout,
    Order,
    Payment,
    ShippingOption,
)
from showfloor.checkout.ports import Attempt, ProviderPayment, ProviderStatus
from showfloor.checkout.services import (
    beginning,
    cart,
    guest_merge,
    payment_events,
    settlement,
)
from showfloor.checkout.services.cart import AddRequest
from showfloor.checkout.services.settlement import Settled
from showfloor.kernel.clock import utc_now
from showfloor.kernel.turns import PASSED_MAX, Wait
from showfloor.outbox import services as outbox
from showfloor.outbox.idempotency import Request
from showfloor.outbox.models import IdempotencyKey, OutgoingMessage
from showfloor.stock import services as stock
from tests.checkout.shopping import ADDRESS, OK, Shopper, deliver, notify
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 4


@pytest.fixture
def testpay(tmp_path: Path) -> Iterator[TestPay]:
    pay = TestPay(tmp_path / "testpay.sqlite3", "secret-of-the-tests")
    provider.use(pay)
    yield pay
    provider.use(None)


@pytest.fixture
def shopper(brand: Brand, testpay: TestPay) -> Shopper:
    ShippingOption(brand=brand, name="Standard", price=490).save()
    return Shopper(Client(), brand, "g:anna", testpay)


def ready(shopper: Shopper) -> str:
    """A filled-in checkout, with the brand's only way of sending."""
    assert shopper.add("CREAM").status == 200
    checkout_id: str = shopper.begin().body["id"]
    shopper.call("PATCH", f"/checkouts/{checkout_id}", ADDRESS)
    return checkout_id


def captured(one: Payment, pay: TestPay) -> ProviderPayment:
    told = pay.fetch(payment_events.attempt_of(one))
    assert told is not None
    return replace(told, status=ProviderStatus.CAPTURED)


def placed(shopper: Shopper, brand: Brand) -> Callable[[], Settled]:
    """An order is placed; the result tells its capture."""
    assert shopper.pay(ready(shopper)).status == 200
    one = Payment.objects.for_brand(brand).get()
    told = captured(one, shopper.testpay)
    return partial(settlement.settle, brand.pk, one.pk, told, "webhook", utc_now())


def claims_in_turn() -> AbstractContextManager[object]:
    """Let nobody notice that another claims the same hold at the very same moment."""
    one_at_a_time, claim_many = threading.Lock(), stock.claim_many

    def claim(*args: Any) -> Any:
        with one_at_a_time:
            return claim_many(*args)

    return guards.CLAIMS.replaced(claim)


def test_settling_one_capture_twice_prevented(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 9)
    results = at_once([placed(shopper, brand)] * 4)
    outcomes = sorted(settled.outcome for settled in results)
    assert outcomes == ["already-known"] * 3 + ["applied"]
    assert (level(cream), broken_invariants()) == ((8, 0), [])
    assert OutgoingMessage.objects.for_brand(brand).count() == 1


def test_settling_one_capture_twice_happens_without_guard(shopper: Shopper, brand: Brand) -> None:
    """Read the state, decide, act: the hold is claimed once, then free stock is sold for it."""
    cream = make_variant(brand, "CREAM", 9)
    tell = placed(shopper, brand)
    all_have_read = Meeting(4)
    with (
        guards.PAYMENT_LOCK.off(),
        guards.PAYMENT_HISTORY.off(),
        guards.STOCK_TRANSACTION.off(),
        guards.ORDER_LOOKUP.followed_by(all_have_read.wait),
        claims_in_turn(),
    ):
        at_once([tell] * 4)
    assert level(cream) == (5, 0)


def pay_and_be_told(shopper: Shopper, brand: Brand) -> tuple[Any, list[Any]]:
    """The buyer's call and the provider's webhook, whose order nobody knows."""
    checkout_id = ready(shopper)
    method = shopper.testpay.create_token({"number": OK, "exp": "12/49", "cvc": "123"})
    both = Meeting(2)

    class Provider:
        """Answers only when the webhook is under way as well."""

        def __getattr__(self, name: str) -> Any:
            return getattr(shopper.testpay, name)

        def authorise(self, attempt: Attempt) -> ProviderPayment:
            told = shopper.testpay.authorise(attempt)
            both.wait()
            return told

    provider.use(Provider())

    def webhook() -> list[Any]:
        both.wait()
        return [answer.body for answer in deliver(shopper.testpay)]

    paid, told = at_once([partial(shopper.pay_with, checkout_id, method), webhook])
    return paid, told


def test_two_orders_for_one_payment_prevented(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 9)
    paid, told = pay_and_be_told(shopper, brand)
    assert (paid.status, told) == (200, [{"outcome": "applied"}])
    order = Order.objects.for_brand(brand).get()
    assert (order.state, order.number) == ("confirmed", paid.body["order"]["number"])
    assert (level(cream), broken_invariants()) == ((8, 0), [])
    assert OutgoingMessage.objects.for_brand(brand).count() == 1


def stored_attempt(checkout: Checkout, key: str) -> Payment:
    one = Payment(
        brand_id=checkout.brand_id, checkout=checkout, provider=TestPay.name,
        account=TestPay.account, is_test=True, attempt_key=f"sf-{key}", request_key=key,
        amount=checkout.total, currency=checkout.currency, created_at=utc_now(),
    )  # fmt: skip
    one.save(force_insert=True)
    return one


def test_two_orders_for_one_payment_happen_without_guard(shopper: Shopper, brand: Brand) -> None:
    """Both find no order and make one; only the constraint is left to refuse the second."""
    make_variant(brand, "CREAM", 9)
    both_have_looked = Meeting(2)
    checkout_id = ready(shopper)
    one = stored_attempt(Checkout.objects.for_brand(brand).get(pk=checkout_id), "key")
    told = payment_events.assumed(one, ProviderStatus.AUTHORIZED, "")
    settle = partial(settlement.settle, brand.pk, one.pk, told, "webhook", utc_now())
    with (
        guards.PAYMENT_LOCK.off(),
        guards.PAYMENT_HISTORY.off(),
        guards.BUYER_STREAM.off(),
        guards.STOCK_TRANSACTION.off(),
        guards.ORDER_PLACEMENT.preceded_by(both_have_looked.wait),
    ):
        results = at_once([settle] * 2)
    assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "Settled"]


def two_attempts(shopper: Shopper, brand: Brand) -> list[Callable[[], Settled]]:
    """An attempt that counted as lost, and the next one; the results tell their captures."""
    checkout = Checkout.objects.for_brand(brand).get(pk=ready(shopper))
    attempts = [stored_attempt(checkout, key) for key in ("first", "second")]
    return [
        partial(
            settlement.settle, brand.pk, one.pk,
            payment_events.assumed(one, ProviderStatus.CAPTURED, ""), "webhook", utc_now(),
        )
        for one in attempts
    ]  # fmt: skip


def test_two_orders_for_two_attempts_prevented(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 9)
    results = at_once(two_attempts(shopper, brand))
    assert [settled.outcome for settled in results] == ["applied", "applied"]
    assert Order.objects.for_brand(brand).get().state == "confirmed"
    due = Payment.objects.for_brand(brand).values_list("refund_due", flat=True)
    assert sorted(due) == [False, True]
    assert (level(cream), OutgoingMessage.objects.for_brand(brand).count()) == ((8, 0), 1)


def test_two_orders_for_two_attempts_happen_without_guard(shopper: Shopper, brand: Brand) -> None:
    """Both find no order; only the constraint is left to refuse the second."""
    make_variant(brand, "CREAM", 9)
    captures = two_attempts(shopper, brand)
    both_have_looked = Meeting(2)
    with (
        guards.PAYMENT_LOCK.off(),
        guards.BUYER_STREAM.off(),
        guards.STOCK_TRANSACTION.off(),
        guards.ORDER_PLACEMENT.preceded_by(both_have_looked.wait),
        claims_in_turn(),
    ):
        results = at_once(captures)
    assert "IntegrityError" in [type(result).__name__ for result in results]


def notify_four_times(shopper: Shopper) -> list[str]:
    assert shopper.pay(ready(shopper)).status == 200
    (event,) = shopper.testpay.due_events()
    body = event["body"].encode()
    headers = shopper.testpay.signed(body)
    answers = at_once([lambda: notify(Client(), body, headers)] * 4)
    return sorted(answer.body["outcome"] for answer in answers)


def test_one_webhook_four_times_at_once_is_taken_once(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 9)
    assert notify_four_times(shopper) == ["applied"] + ["duplicate"] * 3
    assert (level(cream), OutgoingMessage.objects.for_brand(brand).count()) == ((8, 0), 1)


def tap_at_once(brand: Brand, keys: Sequence[str]) -> int:
    """Put one of a variant into Anna's cart under each key; return how many are in it."""
    buyer = Buyer(brand, "g:anna")
    asked = [Request(brand.pk, buyer.owner, "cart.add", key, "fingerprint") for key in keys]
    requests = [AddRequest(buyer, "CREAM", 1, asked=one) for one in asked]
    replies = at_once([partial(cart.change, request) for request in requests])
    assert [reply.status for reply in replies] == [200] * len(keys)
    return CartLine.objects.for_brand(brand).get().quantity


def test_request_with_one_key_takes_effect_once(brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    assert tap_at_once(brand, ["tap"] * 4) == 1
    assert Cart.objects.for_brand(brand).get().version == 1


def test_request_with_one_key_takes_effect_often_without_guard(brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    with guards.IDEMPOTENCY_KEY.off():
        assert tap_at_once(brand, ["tap"] * 4) == 4
    assert IdempotencyKey.objects.for_brand(brand).count() == 0


def test_fast_taps_lose_nothing(brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    assert tap_at_once(brand, "abcd") == 4
    assert Cart.objects.for_brand(brand).get().version == 4


def test_fast_taps_are_lost_without_guard(brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    assert tap_at_once(brand, "a") == 1
    all_have_read = Meeting(4)
    with (
        guards.CART_LOCK.off(),
        guards.CART_TRANSACTION.off(),
        guards.CART_READ.followed_by(all_have_read.wait),
    ):
        assert tap_at_once(brand, "bcde") == 2


def test_one_buyer_in_two_tabs_holding_twice_prevented(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 9)
    shopper.add("CREAM", 2)
    answers = at_once([shopper.begin] * 4)
    assert [answer.status for answer in answers] == [201] * 4
    assert Checkout.objects.for_brand(brand).filter(state__in=OPEN_STATES).count() == 1
    assert (level(cream), broken_invariants()) == ((9, 2), [])


def test_one_buyer_in_two_tabs_holding_twice_happens_without_guard(
    shopper: Shopper, brand: Brand
) -> None:
    """Nobody finds an older checkout; the constraint refuses all but one with a server error."""
    make_variant(brand, "CREAM", 9)
    shopper.add("CREAM", 2)
    both_have_looked = Meeting(2)
    buyer = Buyer(brand, shopper.sub)

    def find_nobody(*_args: object) -> dict[str, Any]:
        both_have_looked.wait()
        return {}

    with (
        guards.CART_LOCK.off(),
        guards.OLDER_CHECKOUTS.off(find_nobody),
        guards.STOCK_TRANSACTION.off(),
    ):
        results = at_once([lambda: beginning.begin(buyer, utc_now())] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Checkout", "IntegrityError"]


def send_with_two_workers(shopper: Shopper) -> int:
    assert shopper.pay(ready(shopper)).status == 200
    assert [answer.body["outcome"] for answer in deliver(shopper.testpay)] == ["applied"]
    at_once([lambda: outbox.send_due(utc_now())] * 3)
    return len(mail.outbox)


def test_one_mail_sent_by_two_workers_prevented(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    assert send_with_two_workers(shopper) == 1


def test_one_mail_sent_by_two_workers_happens_without_guard(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    all_have_read = Meeting(3)

    def read_then_send(one: OutgoingMessage, now: Any) -> bool:
        all_have_read.wait()
        return True

    with guards.MAIL_CLAIM.off(read_then_send):
        assert send_with_two_workers(shopper) == 3


def test_guests_cart_is_taken_over_once(brand: Brand, shopper: Shopper) -> None:
    """Page, token and a second tab ask at the same moment who this is."""
    make_variant(brand, "CREAM", 50)
    member = replace(shopper, sub="m:mia")
    shopper.add("CREAM", 3)
    member.add("CREAM", 2)
    handover = Handover(brand.pk, shopper.sub, member.sub)
    assert at_once([partial(guest_merge.merge_guest, handover)] * 4) == [None] * 4
    assert [item["quantity"] for item in member.cart()["items"]] == [5]
    assert shopper.cart()["items"] == []


class BusyShop:
    """Writes all the time; `turns` counts its transactions."""

    def __init__(self, brand: Brand) -> None:
        self._brands = Brand.objects.filter(pk=brand.pk)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.turns = 0

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: self.turns, 10, "the shop's first turn")
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _write(self) -> None:
        while not self._stopping.is_set():
            with write():
                self._brands.update(name=f"Busy {self.turns}")
                self.turns += 1
        connection.close()


@contextmanager
def waits_of_this_thread() -> Iterator[list[Wait]]:
    """Its waits for turns at writing, in order; none on PostgreSQL, which has no turns."""
    own, waits = threading.get_ident(), list[Wait]()

    def observe(wait: Wait) -> None:
        if threading.get_ident() == own:
            waits.append(wait)

    if connection.vendor != "sqlite":
        yield waits
        return
    turns = sqlite_turns()
    unobserved, turns.observe = turns.observe, observe
    try:
        yield waits
    finally:
        turns.observe = unobserved


def test_sent_mail_is_marked_in_its_turn(shopper: Shopper, brand: Brand) -> None:
    """A mail is sent twice when the process dies before it is marked: marking waits for the
    one transaction that is under way and a few more, not for all who write."""
    make_variant(brand, "CREAM", 9)
    for _order in range(ORDERS):
        assert shopper.pay(ready(shopper)).status == 200
        deliver(shopper.testpay)
    with BusyShop(brand), waits_of_this_thread() as waits:
        assert outbox.send_due(utc_now()) == ORDERS
    assert len(mail.outbox) == ORDERS
    if connection.vendor == "sqlite":
        assert len(waits) == 2 * ORDERS  # for each mail: it is taken, sent, and then marked
        for marking in waits[1::2]:
            assert marking.ahead == 0
            assert marking.others <= PASSED_MAX
