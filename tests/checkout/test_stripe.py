"""Buying through Stripe: the adapter with the real library, over HTTP, against a server that keeps
books as Stripe does, and lies as networks do."""

import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.adapters.stripe import keys as stripe_keys
from showfloor.adapters.stripe.provider import Stripe
from showfloor.checkout import provider, rules
from showfloor.checkout.models import (
    Order,
    Payment,
    PaymentAccount,
    PaymentEvent,
    ShippingOption,
    WebhookInbox,
)
from showfloor.checkout.payment_keys import Keys
from showfloor.checkout.provider import AccountKeys, Kind
from showfloor.checkout.services import payment_accounts, payment_events, reconciliation, refunds
from showfloor.checkout.services.payment_accounts import NewKeys
from showfloor.fulfilment import order_sheet
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from tests.checkout.shopping import Answer, Shopper
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.support.stripe_server import ASKS_BACK, DECLINED, DUE_S, OK, SPENT, StripeServer

PRICE, TOTAL = 1990, 2480
WHSEC = "whsec_ours"


@pytest.fixture
def bank() -> Iterator[StripeServer]:
    """The account's books at Stripe. Nothing waits half a second before the library's retry."""
    server = StripeServer()
    with server.serving() as address:

        def make(account: AccountKeys) -> Stripe:
            return Stripe(account, address, retry_delay_s=0.0)

        provider.offer("stripe", Kind("Stripe", make, stripe_keys.check))
        yield server


@pytest.fixture
def account(brand: Brand, bank: StripeServer) -> PaymentAccount:
    account = PaymentAccount(
        brand=brand, provider="stripe", mode="test", account="acct_1",
        publishable_key="pk_test_1",
    )  # fmt: skip
    payment_accounts.save(account, NewKeys("sk_test_1", WHSEC), utc_now())
    return account


@pytest.fixture
def shopper(brand: Brand, account: PaymentAccount, post: ShippingOption) -> Iterator[Shopper]:
    yield Shopper(Client(), brand, "g:anna", testpay=None)  # type: ignore[arg-type]
    assert broken_invariants() == []


def send(
    account: PaymentAccount, event: Any, *, secret: str = WHSEC, age_s: int = 0, spoil: bytes = b""
) -> Answer:
    body = json.dumps(event).encode()
    stamp = int(utc_now().timestamp()) - age_s
    signed = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    response = Client().generic(
        "POST", f"/api/v1/webhooks/payments/stripe/{account.pk}", body + spoil, "application/json",
        headers={"Stripe-Signature": f"t={stamp},v1={signed}"},
    )  # fmt: skip
    return Answer(response.status_code, response.json(), replayed=False)


def the_payment(brand: Brand) -> Payment:
    return Payment.objects.for_brand(brand).get()


def sums(brand: Brand) -> tuple[str, int, int, int]:
    payment = the_payment(brand)
    return payment.state, payment.captured, payment.refunded, payment.disputed


def buy(shopper: Shopper, token: str = OK, **more: Any) -> Answer:
    return shopper.pay_with(shopper.ready("CREAM"), token, **more)


def test_payment_is_captured_at_once_and_notices_add_nothing(
    shopper: Shopper, brand: Brand, bank: StripeServer, account: PaymentAccount
) -> None:
    cream = make_variant(brand, "CREAM", 3, PRICE)
    paid = buy(shopper)
    assert (paid.status, paid.body["order"]["state"]) == (200, "confirmed")
    (intent,) = bank.intents.values()
    assert (intent["amount"], intent["currency"]) == (TOTAL, "eur")
    assert the_payment(brand).reference == intent["id"]
    told = [send(account, event).body["outcome"] for event in bank.events * 2]
    assert told == ["already-known", "duplicate"]
    assert (sums(brand), level(cream)) == (("captured", TOTAL, 0, 0), (2, 0))
    assert Order.objects.for_brand(brand).get().is_test


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        ("insufficient_funds", "insufficient_funds", "does not cover it"),
        ("expired_card", "expired_card", "has expired"),
        ("incorrect_cvc", "card_data", "Look at the card again"),
        ("stolen_card", "card_declined", "try another card"),
        ("issuer_not_available", "try_again", "try again in a moment"),
    ],
)
def test_declined_card_says_what_to_do(
    shopper: Shopper, brand: Brand, bank: StripeServer, code: str, reason: str, words: str
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    bank.decline_code = code
    checkout_id = shopper.ready("CREAM")
    declined = shopper.pay_with(checkout_id, DECLINED)
    assert (declined.status, declined.body["code"]) == (402, "payment-declined")
    assert declined.body["reason"] == reason
    assert words in declined.body["detail"]
    assert shopper.pay_with(checkout_id, OK).status == 200


def test_spent_token_asks_for_the_card_again(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    refused = buy(shopper, SPENT)
    assert (refused.status, refused.body["code"]) == (402, "bad-payment-method")
    assert sums(brand) == ("failed", 0, 0, 0)


def test_buyer_comes_back_from_the_bank(shopper: Shopper, brand: Brand, bank: StripeServer) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    checkout_id = shopper.ready("CREAM")
    asked = shopper.pay_with(checkout_id, ASKS_BACK)
    (reference,) = bank.intents
    assert asked.body == {
        "payment_state": "requires_action", "order": None, "action": f"{reference}_secret_1",
    }  # fmt: skip
    bank.capture(reference)
    looked = shopper.call("POST", f"/checkouts/{checkout_id}/payment", {})
    assert (looked.status, looked.body["order"]["state"]) == (200, "confirmed")
    assert sums(brand) == ("captured", TOTAL, 0, 0)


def test_buyer_who_did_not_confirm_at_the_bank_can_pay_again(
    shopper: Shopper, brand: Brand, bank: StripeServer
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    checkout_id = shopper.ready("CREAM")
    shopper.pay_with(checkout_id, ASKS_BACK)
    (reference,) = bank.intents
    bank.refuse_authentication(reference)
    looked = shopper.call("POST", f"/checkouts/{checkout_id}/payment", {})
    assert (looked.status, looked.body["reason"]) == (402, "authentication_failed")
    assert shopper.pay_with(checkout_id, OK).body["order"]["state"] == "confirmed"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil", "/a b"])
def test_way_back_leads_to_our_own_site_only(shopper: Shopper, brand: Brand, path: str) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    body = {"payment_method": OK, "return_path": path}
    refused = shopper.call("POST", f"/checkouts/{shopper.ready('CREAM')}/pay", body)
    assert refused.status == 422
    assert Payment.objects.for_brand(brand).count() == 0


# --- faults


@pytest.mark.parametrize("fault", ["answers lost", "errors"])
def test_calls_are_repeated_under_the_same_key(
    shopper: Shopper, brand: Brand, bank: StripeServer, fault: str
) -> None:
    """The library's own retries: the money is taken once."""
    make_variant(brand, "CREAM", 3, PRICE)
    checkout_id = shopper.ready("CREAM")
    bank.lose, bank.fail = (2, 0) if fault == "answers lost" else (0, 2)
    assert shopper.pay_with(checkout_id, OK).body["order"]["state"] == "confirmed"
    assert len(bank.intents) == 1
    assert sums(brand) == ("captured", TOTAL, 0, 0)


def test_provider_that_stays_away_leaves_a_payment_that_the_same_key_resumes(
    shopper: Shopper, brand: Brand, bank: StripeServer
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    checkout_id = shopper.ready("CREAM")
    bank.lose = 3  # the intent is made, and nobody hears of it
    lost = shopper.pay_with(checkout_id, OK, key="pay")
    assert (lost.status, lost.body["code"]) == (503, "payment-unavailable")
    assert (len(bank.intents), sums(brand)) == (1, ("created", 0, 0, 0))
    assert shopper.pay_with(checkout_id, OK, key="pay").body["order"]["state"] == "confirmed"
    assert len(bank.intents) == 1


def test_captured_payment_whose_answer_was_lost_is_found_by_reconciliation(
    shopper: Shopper, brand: Brand, bank: StripeServer, account: PaymentAccount
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    checkout_id = shopper.ready("CREAM")
    bank.lose, bank.lose_of = 3, "/confirm"
    assert shopper.pay_with(checkout_id, OK).status == 503
    assert reconciliation.reconcile(utc_now() + rules.ASK_AGAIN) == 1
    assert sums(brand) == ("captured", TOTAL, 0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_notices_in_any_order_end_in_the_same_sums(
    shopper: Shopper, brand: Brand, bank: StripeServer, account: PaymentAccount, seed: int
) -> None:
    """Captured, refunded in two parts by different hands, disputed: shuffled, doubled, and one of
    the notices lost."""
    make_variant(brand, "CREAM", 3, PRICE)
    number = buy(shopper).body["order"]["number"]
    (reference,) = bank.intents
    bank.give_back(reference, 480)
    bank.give_back(reference, 500)
    bank.dispute(reference, 1500)
    chance = random.Random(seed)
    notices = bank.events * 2
    chance.shuffle(notices)
    for event in notices[1:]:
        assert send(account, event).status == 200
    assert sums(brand) == ("disputed", TOTAL, 980, 1500)
    assert the_payment(brand).dispute_due_at == datetime.fromtimestamp(DUE_S, UTC)
    order = Order.objects.for_brand(brand).get()
    assert (order.payment_state, order.state) == ("disputed", "confirmed")
    assert shopper.order(number)["payment_state"] == "disputed"
    (row,) = order_sheet.sheet_of(order, utc_now()).payments
    assert (row.refunded, row.disputed) == ("€9.80", "€15.00")
    assert row.answer_by == datetime.fromtimestamp(DUE_S, UTC)
    assert WebhookInbox.objects.for_brand(brand).count() == len({one["id"] for one in notices[1:]})


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"amount": 1, "amount_received": 1}, "amount"),
        ({"currency": "usd"}, "currency"),
        ({"livemode": True}, "account"),
        ({"id": "pi_other"}, "reference"),
    ],
)
def test_genuine_notice_of_something_else_pays_nothing(
    shopper: Shopper, brand: Brand, bank: StripeServer, account: PaymentAccount,
    change: dict[str, Any], wrong: str,
) -> None:  # fmt: skip
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper, ASKS_BACK)
    (reference,) = bank.intents
    bank.capture(reference)
    (event,) = bank.events
    event["data"]["object"].update(change)
    assert send(account, event).body == {"outcome": "mismatch"}
    last = PaymentEvent.objects.for_brand(brand).last()
    assert last is not None
    assert (last.kind, last.detail["wrong"]) == ("mismatch", wrong)
    assert (sums(brand), Order.objects.for_brand(brand).count()) == (
        ("requires_action", 0, 0, 0),
        0,
    )


def test_money_that_is_captured_twice_goes_back_once(
    shopper: Shopper, brand: Brand, bank: StripeServer, account: PaymentAccount
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper)
    (reference,) = bank.intents
    bank.capture(reference)  # a second charge of the same intent
    send(account, bank.events[-1])
    payment = the_payment(brand)
    assert (payment.captured, payment.refund_due) == (2 * TOTAL, True)
    assert reconciliation.send_refunds(utc_now()) == 1
    assert reconciliation.send_refunds(utc_now()) == 0
    assert [one["amount"] for one in bank.refunds] == [TOTAL]
    assert Order.objects.for_brand(brand).get().state == "confirmed"


def test_notice_of_an_old_api_version_does_not_count_the_money_again(
    shopper: Shopper, brand: Brand, bank: StripeServer, account: PaymentAccount
) -> None:
    """The endpoint of an old account speaks another version than our calls: no `latest_charge`,
    no `amount_received`."""
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper)
    (event,) = bank.events
    for name in ("latest_charge", "amount_received"):
        del event["data"]["object"][name]
    assert send(account, event).body == {"outcome": "already-known"}
    assert (sums(brand), the_payment(brand).refund_due) == (("captured", TOTAL, 0, 0), False)


def test_refund_whose_answer_was_lost_is_not_made_twice_after_stripe_forgot_its_key(
    shopper: Shopper, brand: Brand, bank: StripeServer
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper)
    payment = the_payment(brand)
    assert payment_events.request_refund(payment, utc_now(), "damaged", amount=480, key="r1") == 480
    bank.lose = 3
    assert reconciliation.send_refunds(utc_now()) == 0
    bank._answers.clear()
    assert reconciliation.send_refunds(utc_now()) == 1
    assert [one["amount"] for one in bank.refunds] == [480]
    assert sums(brand) == ("partially_refunded", TOTAL, 480, 0)
    assert Order.objects.for_brand(brand).get().payment_state == "partially_refunded"


def test_refund_that_stripe_refuses_is_seen_and_not_asked_for_again(
    shopper: Shopper, brand: Brand, bank: StripeServer
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper)
    bank.give_back(next(iter(bank.intents)), TOTAL)  # somebody was faster, in the dashboard
    payment_events.request_refund(the_payment(brand), utc_now(), "cancelled", key="r1")
    assert reconciliation.send_refunds(utc_now()) == 1
    payment = the_payment(brand)
    assert payment.refund_due is False
    kinds = PaymentEvent.objects.for_brand(brand).values_list("kind", flat=True)
    assert "refund_failed" in list(kinds)


def test_staff_send_parts_back_and_never_more_than_was_paid(
    shopper: Shopper, brand: Brand, bank: StripeServer
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper)
    order = Order.objects.for_brand(brand).get()
    now = utc_now()
    assert refunds.request(order, 480, "damaged", "first", now) == 480
    assert refunds.request(order, 480, "damaged", "first", now) == 480
    for too_much in (TOTAL - 480 + 1, 0, -1):
        with pytest.raises(Invalid) as caught:
            refunds.request(order, too_much, "damaged", "more", now)
        assert caught.value.field == "amount"
    assert refunds.request(order, 500, "late", "second", now) == 500
    assert reconciliation.send_refunds(now) == 1
    assert sorted(one["amount"] for one in bank.refunds) == [480, 500]
    assert sums(brand) == ("partially_refunded", TOTAL, 980, 0)


# --- signatures and accounts


@pytest.mark.parametrize(
    "how", [{"secret": "whsec_other"}, {"age_s": 301}, {"age_s": -301}, {"spoil": b" "}]
)
def test_notice_without_a_recent_signature_is_refused(
    shopper: Shopper, brand: Brand, bank: StripeServer, account: PaymentAccount, how: Any
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper, ASKS_BACK)
    bank.capture(next(iter(bank.intents)))
    refused = send(account, bank.events[0], **how)
    assert (refused.status, refused.body["code"]) == (401, "bad-signature")
    assert WebhookInbox.objects.for_brand(brand).count() == 0


def test_notice_for_another_brands_account_does_not_reach_the_payment(
    shopper: Shopper, brand: Brand, other_brand: Brand, bank: StripeServer
) -> None:
    """The owner of one brand can sign for their own account, and says nothing about another's."""
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper, ASKS_BACK)
    theirs = PaymentAccount(
        brand=other_brand, provider="stripe", mode="test", account="acct_2",
        publishable_key="pk_test_2",
    )  # fmt: skip
    payment_accounts.save(theirs, NewKeys("sk_test_2", "whsec_theirs"), utc_now())
    bank.capture(next(iter(bank.intents)))
    forged = send(theirs, bank.events[0], secret="whsec_theirs")
    assert (forged.status, forged.body) == (200, {"outcome": "unknown-payment"})
    assert sums(brand) == ("requires_action", 0, 0, 0)


def test_both_signing_secrets_are_good_after_a_change(
    shopper: Shopper, brand: Brand, bank: StripeServer, account: PaymentAccount
) -> None:
    make_variant(brand, "CREAM", 3, PRICE)
    buy(shopper, ASKS_BACK)
    bank.capture(next(iter(bank.intents)))
    payment_accounts.save(account, NewKeys(webhook_secret="whsec_new"), utc_now())
    assert send(account, bank.events[0], secret="whsec_new").body == {"outcome": "applied"}
    assert send(account, bank.events[0]).body == {"outcome": "duplicate"}


def test_keys_are_stored_sealed_and_never_shown(account: PaymentAccount) -> None:
    stored = PaymentAccount.objects.all_brands().get(pk=account.pk)
    assert "sk_test_1" not in stored.sealed_keys
    assert repr(Keys("sk_test_1")) == "Keys(…)"


def test_keys_survive_a_change_of_the_installations_secret_key(
    account: PaymentAccount, settings: Any
) -> None:
    before = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the next one", [before]
    assert payment_accounts.seal_again() == 1
    settings.SECRET_KEY_FALLBACKS = []
    account.refresh_from_db()
    assert payment_accounts.unreadable([account]) == []
    assert payment_accounts.seal_again() == 0
