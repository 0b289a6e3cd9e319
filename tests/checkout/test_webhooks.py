"""Signed notices that say something else than expected, and buyers whose bank asks back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, override

import pytest
from django.db import OperationalError
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.models import (
    Cart,
    CartLine,
    Checkout,
    Order,
    Payment,
)
from showfloor.checkout.ports import Attempt, ProviderPayment, ProviderStatus
from showfloor.checkout.services import settlement
from showfloor.kernel.clock import utc_now
from showfloor.outbox.models import IdempotencyKey, OutgoingMessage
from tests.checkout.shopping import NEVER, Shopper, deliver, notify
from tests.stock.helpers import level, make_variant

SECRET = "pi_1_secret_2"


def notice(brand: Brand, status: str = "captured", event_id: str = "evt_1") -> dict[str, Any]:
    payment = Payment.objects.for_brand(brand).get()
    return {
        "id": event_id, "type": f"payment.{status}", "account": payment.account,
        "payment": {
            "payment_id": payment.pk, "reference": payment.reference, "status": status,
            "amount": payment.amount, "currency": payment.currency,
        },
    }  # fmt: skip


def send(testpay: TestPay, told: Any) -> tuple[int, Any]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    answer = notify(Client(), body, testpay.signed(body))
    return answer.status, answer.body


def states(brand: Brand) -> tuple[str, str]:
    return Order.objects.for_brand(brand).get().state, Payment.objects.for_brand(brand).get().state


def test_dispute_is_written_down_and_sends_nothing_back(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    cream = make_variant(brand, "CREAM", 3)
    number = shopper.pay(shopper.ready("CREAM")).body["order"]["number"]
    deliver(testpay)
    assert send(testpay, notice(brand, "disputed")) == (200, {"outcome": "applied"})
    assert (states(brand), level(cream)) == (("confirmed", "disputed"), (2, 0))
    assert shopper.order(number)["payment_state"] == "disputed"
    assert OutgoingMessage.objects.for_brand(brand).count() == 1
    # The bank decided for the buyer: the money went back.
    assert send(testpay, notice(brand, "refunded", "evt_2")) == (200, {"outcome": "applied"})
    assert states(brand) == ("confirmed", "refunded")


def test_notice_during_an_outage_of_the_database_is_taken_when_it_comes_again(
    shopper: Shopper, brand: Brand, testpay: TestPay, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_variant(brand, "CREAM", 3)
    shopper.pay(shopper.ready("CREAM"))

    def away(*_asked: Any) -> Any:
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(settlement, "settle_many", away)
        status, told = send(testpay, notice(brand))
    assert (status, "away" in str(told)) == (500, False)
    assert states(brand)[0] == "placed"
    assert OutgoingMessage.objects.for_brand(brand).count() == 0
    assert send(testpay, notice(brand)) == (200, {"outcome": "applied"})
    assert send(testpay, notice(brand)) == (200, {"outcome": "duplicate"})
    assert states(brand) == ("confirmed", "captured")
    assert OutgoingMessage.objects.for_brand(brand).count() == 1


def test_notice_about_something_else_is_answered_and_changes_nothing(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    make_variant(brand, "CREAM", 3)
    shopper.pay(shopper.ready("CREAM"), NEVER)
    assert send(testpay, notice(brand, "review_opened")) == (200, {"outcome": "not-for-us"})
    assert states(brand) == ("placed", "authorized")


def without(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != name}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _told: b"no JSON",
        lambda _told: b"\xff",
        lambda _told: b"[" * 50_000,
        lambda _told: [],
        lambda told: without(told, "id"),
        lambda told: {**told, "id": "evt\x00"},
        lambda told: {**told, "id": "e" * 121},
        lambda told: {**told, "account": 7},
        lambda told: {**told, "payment": None},
        lambda told: {**told, "payment": without(told["payment"], "status")},
        lambda told: {**told, "payment": {**told["payment"], "amount": "24.80"}},
        lambda told: {**told, "payment": {**told["payment"], "amount": 10**30}},
        lambda told: {**told, "payment": {**told["payment"], "payment_id": ["x"]}},
    ],
)  # fmt: skip
def test_signed_notice_that_is_malformed_is_refused(
    shopper: Shopper, brand: Brand, testpay: TestPay, spoil: Any
) -> None:
    make_variant(brand, "CREAM", 3)
    shopper.pay(shopper.ready("CREAM"), NEVER)
    status, body = send(testpay, spoil(notice(brand)))
    assert (status, body["code"]) == (422, "bad-notice")
    assert states(brand) == ("placed", "authorized")


class AsksBack:
    """A provider whose bank wants to see the buyer first."""

    def __init__(self, testpay: TestPay) -> None:
        self._testpay = testpay
        self._told: ProviderPayment | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._testpay, name)

    def authorise(self, attempt: Attempt) -> ProviderPayment:
        made = self._testpay.authorise(attempt)
        self._told = replace(made, status=ProviderStatus.REQUIRES_ACTION, action=SECRET)
        return self._told

    def fetch(self, _attempt: Attempt) -> ProviderPayment | None:
        return self._told


def test_buyer_whose_bank_asks_back_gets_what_the_browser_needs(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    provider.use(AsksBack(testpay))
    make_variant(brand, "CREAM", 3)
    checkout_id = shopper.ready("CREAM")
    method = shopper.card()
    paid = shopper.pay_with(checkout_id, method, key="first")
    expected = {"payment_state": "requires_action", "order": None, "action": SECRET}
    assert (paid.status, paid.body) == (200, expected)
    again = shopper.pay_with(checkout_id, method, key="first")
    assert (again.body, again.replayed) == (expected, True)
    # The bank has let it through.
    assert send(testpay, notice(brand, "captured")) == (200, {"outcome": "applied"})
    assert states(brand) == ("confirmed", "captured")


def test_buyer_who_comes_back_before_the_answer_was_stored_gets_it_as_well(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    """The process died between settling and answering: the secret is stored nowhere."""
    provider.use(AsksBack(testpay))
    make_variant(brand, "CREAM", 3)
    checkout_id = shopper.ready("CREAM")
    method = shopper.card()
    shopper.pay_with(checkout_id, method, key="first")
    IdempotencyKey.objects.for_brand(brand).filter(key="first").delete()
    assert shopper.pay_with(checkout_id, method, key="first").body["action"] == SECRET


# --- money that comes at a bad time


def test_paying_after_the_time_is_over_is_refused_before_any_job_ran(
    shopper: Shopper, brand: Brand
) -> None:
    cream = make_variant(brand, "CREAM", 3)
    checkout_id = shopper.ready("CREAM")
    Checkout.objects.for_brand(brand).update(expires_at=utc_now() - timedelta(seconds=1))
    refused = shopper.pay(checkout_id)
    assert (refused.status, refused.body["code"]) == (409, "checkout-expired")
    assert Payment.objects.for_brand(brand).count() == 0
    assert (Checkout.objects.for_brand(brand).get().state, level(cream)) == ("holding", (3, 1))


def test_late_capture_of_a_given_up_attempt_after_the_buyer_left_goes_back(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    """The attempt counted as failed, the buyer left the checkout, and then the money came."""
    cream = make_variant(brand, "CREAM", 3)
    checkout_id = shopper.ready("CREAM")
    provider.use(AsksBack(testpay))
    shopper.pay(checkout_id)
    assert send(testpay, notice(brand, "failed")) == (200, {"outcome": "applied"})
    assert shopper.call("DELETE", f"/checkouts/{checkout_id}").status == 204
    assert level(cream) == (3, 0)
    assert send(testpay, notice(brand, "captured", "evt_2")) == (200, {"outcome": "applied"})
    payment = Payment.objects.for_brand(brand).get()
    assert (payment.state, payment.refund_due) == ("captured", True)
    assert (Order.objects.for_brand(brand).count(), level(cream)) == (0, (3, 0))
    assert Checkout.objects.for_brand(brand).get().state == "abandoned"


# --- two brands


def test_cart_takes_the_brands_own_variant_of_an_sku_that_another_brand_has_too(
    shopper: Shopper, brand: Brand, other_brand: Brand
) -> None:
    theirs = make_variant(other_brand, "CREAM", 5, price=1)
    ours = make_variant(brand, "CREAM", 5, price=1990)
    assert shopper.add("CREAM").status == 200
    assert shopper.cart()["items"][0]["variant_id"] == ours.pk
    rival = Shopper(shopper.client, other_brand, shopper.sub, shopper.testpay)
    assert rival.add("CREAM", 2).status == 200
    lines = CartLine.objects.all_brands().order_by("quantity")
    assert [(one.variant_id, one.quantity) for one in lines] == [(ours.pk, 1), (theirs.pk, 2)]
    assert Cart.objects.all_brands().count() == 2


# --- orders for which nobody paid


def test_order_of_the_test_provider_is_marked(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    make_variant(brand, "CREAM", 3)
    number = shopper.pay(shopper.ready("CREAM")).body["order"]["number"]
    assert shopper.order(number)["is_test"] is True
    assert Order.objects.for_brand(brand).get().is_test


class RealMoney(AsksBack):
    """A provider of another name, which takes money."""

    name = "bank"
    is_test = False

    @override
    def authorise(self, attempt: Attempt) -> ProviderPayment:
        return self._testpay.authorise(attempt)


def test_order_of_a_real_provider_is_not_marked(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    provider.use(RealMoney(testpay))
    make_variant(brand, "CREAM", 3)
    number = shopper.pay(shopper.ready("CREAM")).body["order"]["number"]
    assert shopper.order(number)["is_test"] is False
