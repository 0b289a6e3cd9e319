"""Money: whatever comes in whichever order, there is one order, one capture, one mail."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay import signature
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import payment_ledger, provider, rules
from showfloor.checkout.models import (
    Checkout,
    Order,
    Payment,
    PaymentEvent,
    WebhookInbox,
)
from showfloor.checkout.ports import Attempt, ProviderPayment, ProviderUnavailable
from showfloor.checkout.services import checkout as checkouts
from showfloor.checkout.services import orders, reconciliation
from showfloor.kernel.clock import utc_now
from showfloor.outbox.models import OutgoingMessage
from showfloor.stock import services as stock
from tests.checkout.shopping import (
    DECLINED,
    LATE,
    LOST,
    NEVER,
    OK,
    TWICE,
    Answer,
    Clock,
    Shopper,
    deliver,
    notify,
)
from tests.stock.helpers import level, make_variant

PRICE, SHIPPING = 1990, 490
TOTAL = PRICE + SHIPPING


@pytest.fixture(autouse=True)
def derived_states(db: None) -> Iterator[None]:
    """A payment's state is what its events add up to, and the events are numbered without gaps."""
    yield
    for payment in Payment.objects.all_brands():
        events = list(PaymentEvent.objects.all_brands().filter(payment=payment))
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        ledger = payment_ledger.add_up(payment.amount, [(one.kind, one.detail) for one in events])
        assert (payment.state, payment.captured, payment.refunded, payment.disputed) == (
            ledger.state, ledger.captured, ledger.refunded, ledger.disputed,
        )  # fmt: skip


def the_payment(brand: Brand) -> Payment:
    return Payment.objects.for_brand(brand).get()


def story(brand: Brand) -> list[tuple[str, str]]:
    """(kind, source) of everything that happened to the one payment."""
    events = PaymentEvent.objects.for_brand(brand).filter(payment=the_payment(brand))
    return [(event.kind, event.source) for event in events]


def order_states(brand: Brand) -> list[tuple[str, str]]:
    rows = Order.objects.for_brand(brand)
    return [(order.state, order.cancel_reason) for order in rows]


def mails(brand: Brand) -> list[str]:
    return sorted(OutgoingMessage.objects.for_brand(brand).values_list("kind", flat=True))


class Meddler:
    """The provider, with something that happens around the authorisation."""

    def __init__(
        self, pay: TestPay, *, before: Callable[[], Any] | None = None,
        after: Callable[[], Any] | None = None,
        answer: Callable[[ProviderPayment], ProviderPayment] = lambda told: told,
    ) -> None:  # fmt: skip
        self._pay = pay
        self._before, self._after, self._answer = before, after, answer
        provider.use(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pay, name)

    def authorise(self, attempt: Attempt) -> ProviderPayment:
        if self._before is not None:
            self._before()
        told = self._pay.authorise(attempt)
        if self._after is not None:
            self._after()
        return self._answer(told)


# --- the webhook: first, second, twice, late, never


def test_webhook_after_the_confirmation_changes_nothing(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    cream = make_variant(brand, "CREAM", 1, PRICE)
    paid = shopper.pay(shopper.ready("CREAM"))
    assert paid.body["order"]["state"] == "placed"
    assert [answer.body["outcome"] for answer in deliver(testpay)] == ["applied"]
    assert order_states(brand) == [("confirmed", "")]
    assert story(brand) == [("created", "us"), ("authorized", "confirm"), ("captured", "webhook")]
    assert (mails(brand), level(cream)) == (["order-confirmed"], (0, 0))


def test_confirmation_after_the_webhook_changes_nothing(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    """Medusa #13301: one in twenty orders was lost or doubled here."""
    cream = make_variant(brand, "CREAM", 1, PRICE)
    delivered: list[Answer] = []
    Meddler(testpay, after=lambda: delivered.extend(deliver(testpay)))
    paid = shopper.pay(shopper.ready("CREAM"))
    assert [answer.body["outcome"] for answer in delivered] == ["applied"]
    assert paid.body["order"]["state"] == "confirmed"
    assert paid.body["order"]["payment_state"] == "captured"
    assert order_states(brand) == [("confirmed", "")]
    assert story(brand) == [("created", "us"), ("captured", "webhook")]
    assert (mails(brand), level(cream)) == (["order-confirmed"], (0, 0))


def test_repeated_webhook_changes_nothing(
    shopper: Shopper, brand: Brand, testpay: TestPay, clock: Clock
) -> None:
    cream = make_variant(brand, "CREAM", 3, PRICE)
    shopper.pay(shopper.ready("CREAM"), TWICE)
    first = deliver(testpay)
    clock.ahead = timedelta(seconds=2)
    second = deliver(testpay)
    clock.ahead = timedelta(hours=1)
    assert [answer.body["outcome"] for answer in first + second] == ["applied", "duplicate"]
    assert deliver(testpay) == []
    assert (order_states(brand), mails(brand)) == ([("confirmed", "")], ["order-confirmed"])
    assert level(cream) == (2, 0)
    assert WebhookInbox.objects.for_brand(brand).count() == 1


def test_late_webhook_confirms_the_order(
    shopper: Shopper, brand: Brand, testpay: TestPay, clock: Clock
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    number = shopper.pay(shopper.ready("CREAM"), LATE).body["order"]["number"]
    clock.ahead = timedelta(seconds=19)
    assert deliver(testpay) == []
    assert shopper.order(number)["payment_state"] == "authorized"
    clock.ahead = timedelta(seconds=21)
    assert [answer.body["outcome"] for answer in deliver(testpay)] == ["applied"]
    assert shopper.order(number)["state"] == "confirmed"


def test_webhook_never_and_never_captured(
    shopper: Shopper, brand: Brand, testpay: TestPay, clock: Clock
) -> None:
    cream = make_variant(brand, "CREAM", 1, PRICE)
    shopper.pay(shopper.ready("CREAM"), NEVER)
    now = utc_now()
    assert reconciliation.reconcile(now) == 0  # the webhook has a while to come
    assert reconciliation.reconcile(now + rules.ASK_AGAIN) == 1
    assert reconciliation.reconcile(now + rules.ASK_AGAIN) == 0
    assert (order_states(brand), level(cream)) == ([("placed", "")], (1, 1))
    clock.ahead = rules.VOID_AFTER
    # Stock was kept for as long as the money could have come.
    assert stock.expire_due(now + rules.VOID_AFTER) == 0
    assert reconciliation.reconcile(now + rules.VOID_AFTER + timedelta(seconds=1)) == 1
    assert order_states(brand) == [("cancelled", "not-captured")]
    assert story(brand)[2:] == [("voided", "reconcile")]
    assert (mails(brand), level(cream)) == (["order-cancelled"], (1, 0))


def test_webhook_lost_and_captured(
    shopper: Shopper, brand: Brand, testpay: TestPay, clock: Clock
) -> None:
    cream = make_variant(brand, "CREAM", 1, PRICE)
    shopper.pay(shopper.ready("CREAM"), LOST)
    clock.ahead = timedelta(minutes=1)
    assert deliver(testpay) == []
    assert reconciliation.reconcile(utc_now() + timedelta(minutes=1)) == 1
    assert order_states(brand) == [("confirmed", "")]
    assert story(brand)[2:] == [("captured", "reconcile")]
    assert (mails(brand), level(cream)) == (["order-confirmed"], (0, 0))


# --- the webhook: not to be believed


def forged(testpay: TestPay, brand: Brand, **changes: Any) -> tuple[bytes, dict[str, str]]:
    """A capture that the provider really signed, but of something else."""
    payment = the_payment(brand)
    told = {
        "payment_id": payment.pk, "reference": payment.reference, "status": "captured",
        "amount": payment.amount, "currency": payment.currency,
    }  # fmt: skip
    account = changes.pop("account", payment.account)
    event = {"id": "evt_1", "type": "payment.captured", "account": account}
    body = json.dumps({**event, "payment": {**told, **changes}}).encode()
    return body, testpay.signed(body)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"amount": TOTAL - 1}, "amount"),
        ({"amount": 1}, "amount"),
        ({"amount": TOTAL + 1}, "amount"),
        ({"currency": "JPY"}, "currency"),
        ({"account": "acct_other"}, "account"),
        ({"reference": "pay_other"}, "reference"),
    ],
)
def test_genuine_notice_with_other_figures_pays_nothing(
    shopper: Shopper, brand: Brand, testpay: TestPay, changes: dict[str, Any], wrong: str
) -> None:
    """CVE-2026-9189: a real notice for 1 marked an order of 2,000 as paid."""
    cream = make_variant(brand, "CREAM", 1, PRICE)
    shopper.pay(shopper.ready("CREAM"), NEVER)
    answer = notify(Client(), *forged(testpay, brand, **changes))
    assert (answer.status, answer.body) == (200, {"outcome": "mismatch"})
    assert order_states(brand) == [("placed", "")]
    event = PaymentEvent.objects.for_brand(brand).last()
    assert event is not None
    assert (event.kind, event.detail["wrong"]) == ("mismatch", wrong)
    assert (the_payment(brand).state, mails(brand), level(cream)) == ("authorized", [], (1, 1))


def test_notice_of_an_unknown_payment_changes_nothing(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    make_variant(brand, "CREAM", 1, PRICE)
    shopper.pay(shopper.ready("CREAM"), NEVER)
    answer = notify(Client(), *forged(testpay, brand, payment_id="0" * 26))
    assert (answer.status, answer.body) == (200, {"outcome": "unknown-payment"})
    assert order_states(brand) == [("placed", "")]


def other_secret(body: bytes) -> dict[str, str]:
    stamp_s = int(utc_now().timestamp())
    return {signature.HEADER: signature.sign(b"not the secret", body, stamp_s)}


@pytest.mark.parametrize("how", ["unsigned", "other secret", "changed", "stale", "future", "junk"])
def test_notice_without_a_recent_signature_is_refused(
    shopper: Shopper, brand: Brand, testpay: TestPay, clock: Clock, how: str
) -> None:
    make_variant(brand, "CREAM", 1, PRICE)
    shopper.pay(shopper.ready("CREAM"), NEVER)
    clock.ahead = {"stale": timedelta(seconds=-302), "future": timedelta(seconds=302)}.get(
        how, timedelta()
    )
    body, headers = forged(testpay, brand)
    if how == "unsigned":
        headers = {}
    elif how == "other secret":
        headers = other_secret(body)
    elif how == "changed":
        body = body.replace(b"evt_1", b"evt_2")
    elif how == "junk":
        headers = {signature.HEADER: "t=١,v1=é,,="}
    answer = notify(Client(), body, headers)
    assert (answer.status, answer.body["code"]) == (401, "bad-signature")
    assert order_states(brand) == [("placed", "")]
    assert WebhookInbox.objects.for_brand(brand).count() == 0


def test_webhook_of_another_provider_or_too_large_is_refused(testpay: TestPay) -> None:
    large = Client().post("/api/v1/webhooks/payments/test", b"x" * 70_000, "application/json")
    other = Client().post("/api/v1/webhooks/payments/stripe", b"{}", "application/json")
    assert (large.status_code, other.status_code) == (413, 404)


# --- declined, broken off, doubled


def test_declined_card_can_be_followed_by_a_good_one(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    cream = make_variant(brand, "CREAM", 1, PRICE)
    checkout_id = shopper.ready("CREAM")
    declined = shopper.pay(checkout_id, DECLINED)
    assert (declined.status, declined.body["code"]) == (402, "payment-declined")
    assert order_states(brand) == []
    assert shopper.call("GET", f"/checkouts/{checkout_id}").body["state"] == "holding"
    assert level(cream) == (1, 1)
    assert shopper.pay(checkout_id, OK).status == 200
    deliver(testpay)
    assert (order_states(brand), mails(brand)) == ([("confirmed", "")], ["order-confirmed"])
    states = Payment.objects.for_brand(brand).values_list("state", flat=True)
    assert sorted(states) == ["captured", "failed"]


def test_buyer_has_time_after_a_decline(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 1, PRICE)
    checkout_id = shopper.ready("CREAM")
    soon = utc_now() + timedelta(seconds=2)
    Checkout.objects.for_brand(brand).update(expires_at=soon)
    shopper.pay(checkout_id, DECLINED)
    assert checkouts.expire_due(soon) == 0
    assert shopper.pay(checkout_id, OK).status == 200


def test_cards_cannot_be_tried_by_the_hundred(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 1, PRICE)
    checkout_id = shopper.ready("CREAM")
    answers = [shopper.pay(checkout_id, DECLINED) for _ in range(rules.PAYMENT_ATTEMPTS_MAX + 1)]
    assert [answer.status for answer in answers] == [402] * rules.PAYMENT_ATTEMPTS_MAX + [409]
    assert answers[-1].body["code"] == "too-many"


def test_card_token_is_valid_once(shopper: Shopper, rival: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 2, PRICE)
    method = shopper.card()
    assert shopper.pay_with(shopper.ready("CREAM"), method).status == 200
    stolen = rival.pay_with(rival.ready("CREAM"), method)
    assert (stolen.status, stolen.body["code"]) == (402, "bad-payment-method")
    assert len(order_states(brand)) == 1


def test_provider_that_does_not_answer_is_asked_again(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    """It had taken the money, and the answer was lost: the same key finds it."""
    make_variant(brand, "CREAM", 1, PRICE)
    checkout_id, method = shopper.ready("CREAM"), shopper.card()

    def lose_the_answer() -> None:
        raise ProviderUnavailable("time out")

    Meddler(testpay, after=lose_the_answer)
    lost = shopper.pay_with(checkout_id, method, key="pay")
    assert (lost.status, lost.body["code"]) == (503, "payment-unavailable")
    other = shopper.pay(checkout_id, key="another tab")
    assert (other.status, other.body["code"]) == (409, "payment-in-progress")
    assert shopper.begin().body["code"] == "payment-in-progress"
    provider.use(testpay)
    again = shopper.pay_with(checkout_id, method, key="pay")
    assert (again.status, again.body["order"]["state"]) == (200, "placed")
    deliver(testpay)
    assert (order_states(brand), mails(brand)) == ([("confirmed", "")], ["order-confirmed"])
    assert Payment.objects.for_brand(brand).count() == 1


def test_attempt_that_never_reached_the_provider_fails(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    cream = make_variant(brand, "CREAM", 1, PRICE)
    checkout_id = shopper.ready("CREAM")

    def unreachable() -> None:
        raise ProviderUnavailable("no route")

    Meddler(testpay, before=unreachable)
    assert shopper.pay(checkout_id).status == 503
    provider.use(testpay)
    reconciliation.reconcile(utc_now() + rules.ASK_AGAIN)
    assert the_payment(brand).state == "created"
    reconciliation.reconcile(utc_now() + rules.UNSEEN_AFTER + rules.ASK_AGAIN)
    assert story(brand) == [("created", "us"), ("failed", "reconcile")]
    assert (level(cream), shopper.pay(checkout_id).status) == ((1, 1), 200)


def test_answer_that_does_not_match_pays_nothing(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    make_variant(brand, "CREAM", 1, PRICE)
    Meddler(testpay, answer=lambda told: replace(told, amount=1))
    refused = shopper.pay(shopper.ready("CREAM"))
    assert (refused.status, refused.body["code"]) == (409, "payment-mismatch")
    assert order_states(brand) == []


# --- paid, but gone


def test_late_payment_takes_units_that_are_still_free(
    shopper: Shopper, brand: Brand, testpay: TestPay, clock: Clock
) -> None:
    cream = make_variant(brand, "CREAM", 1, PRICE)
    shopper.pay(shopper.ready("CREAM"), LATE)
    stock.expire_due(utc_now() + timedelta(hours=1))
    assert level(cream) == (1, 0)
    clock.ahead = timedelta(seconds=21)
    deliver(testpay)
    assert (order_states(brand), level(cream)) == ([("confirmed", "")], (0, 0))


def test_late_payment_for_sold_out_goods_is_refunded(
    shopper: Shopper, rival: Shopper, brand: Brand, testpay: TestPay, clock: Clock
) -> None:
    cream = make_variant(brand, "CREAM", 1, PRICE)
    number = shopper.pay(shopper.ready("CREAM"), LATE).body["order"]["number"]
    stock.expire_due(utc_now() + timedelta(hours=1))
    rival.pay(rival.ready("CREAM"))
    clock.ahead = timedelta(seconds=21)
    assert {answer.body["outcome"] for answer in deliver(testpay)} == {"applied"}
    told = shopper.order(number)
    assert (told["state"], told["cancel_reason"]) == ("cancelled", "sold-out")
    assert (told["payment_state"], level(cream)) == ("captured", (0, 0))
    assert mails(brand) == ["order-confirmed", "order-refunded"]
    assert (reconciliation.send_refunds(utc_now()), reconciliation.send_refunds(utc_now())) == (
        1,
        0,
    )
    assert shopper.order(number)["payment_state"] == "refunded"
    refund_notices = [answer.body["outcome"] for answer in deliver(testpay)]
    assert refund_notices == ["already-known"]


def test_money_for_a_failed_attempt_of_an_order_paid_otherwise_goes_back(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    """The first attempt was given up on, the buyer paid again, then the first one was captured."""
    cream = make_variant(brand, "CREAM", 3, PRICE)
    checkout_id = shopper.ready("CREAM")

    def lose_the_answer() -> None:
        raise ProviderUnavailable("time out")

    Meddler(testpay, after=lose_the_answer)
    shopper.pay(checkout_id)
    first = the_payment(brand)
    orders_before = order_states(brand)
    Meddler(testpay).fetch = lambda _key: None  # type: ignore[attr-defined]
    reconciliation.reconcile(utc_now() + rules.UNSEEN_AFTER + rules.ASK_AGAIN)
    provider.use(testpay)
    assert shopper.pay(checkout_id).status == 200
    assert {answer.body["outcome"] for answer in deliver(testpay)} == {"applied"}
    assert (orders_before, order_states(brand)) == ([], [("confirmed", "")])
    assert (mails(brand), level(cream)) == (["order-confirmed"], (2, 0))
    first.refresh_from_db()
    assert (first.state, first.refund_due) == ("captured", True)
    assert reconciliation.send_refunds(utc_now()) == 1
    first.refresh_from_db()
    assert (first.state, first.refund_due) == ("refunded", False)


# --- staff


def test_staff_cancels_an_order(shopper: Shopper, brand: Brand, testpay: TestPay) -> None:
    cream = make_variant(brand, "CREAM", 3, PRICE)
    shopper.pay(shopper.ready("CREAM", 2))
    deliver(testpay)
    order = Order.objects.for_brand(brand).get()
    assert level(cream) == (1, 0)
    orders.cancel(order, utc_now())
    orders.cancel(order, utc_now())
    assert (order_states(brand), level(cream)) == ([("cancelled", "by-staff")], (3, 0))
    assert mails(brand) == ["order-cancelled", "order-confirmed"]
    assert reconciliation.send_refunds(utc_now()) == 1
    assert the_payment(brand).state == "refunded"


def test_staff_cancels_before_the_capture(
    shopper: Shopper, brand: Brand, testpay: TestPay, clock: Clock
) -> None:
    cream = make_variant(brand, "CREAM", 3, PRICE)
    shopper.pay(shopper.ready("CREAM"), LATE)
    orders.cancel(Order.objects.for_brand(brand).get(), utc_now())
    assert reconciliation.send_refunds(utc_now()) == 1
    clock.ahead = timedelta(minutes=1)
    assert [answer.body["outcome"] for answer in deliver(testpay)] == ["already-known"]
    assert (order_states(brand), level(cream)) == ([("cancelled", "by-staff")], (3, 0))
    assert (the_payment(brand).state, mails(brand)) == ("voided", ["order-cancelled"])


def test_order_of_zero_is_paid_without_a_provider(
    shopper: Shopper, brand: Brand, post: Any, testpay: TestPay
) -> None:
    post.price = 0
    post.save()
    make_variant(brand, "SAMPLE", 3, 0)
    paid = shopper.pay(shopper.ready("SAMPLE"))
    assert (paid.status, paid.body["order"]["state"]) == (200, "confirmed")
    assert mails(brand) == ["order-confirmed"]


def test_nobody_sees_anothers_order(shopper: Shopper, rival: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    number = shopper.pay(shopper.ready("CREAM")).body["order"]["number"]
    assert rival.call("GET", f"/orders/{number}").status == 404


def test_event_is_never_changed(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    shopper.pay(shopper.ready("CREAM"))
    event = PaymentEvent.objects.for_brand(brand).first()
    assert event is not None
    with pytest.raises(AssertionError):
        event.save()
