"""Payment methods that members keep: the same over both providers, the test provider first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, override

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.adapters.stripe.provider import Stripe
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import personal_data, provider
from showfloor.checkout.models import (
    Payment,
    PaymentAccount,
    PaymentEvent,
    SavedMethod,
    ShippingOption,
)
from showfloor.checkout.payment_keys import Keys
from showfloor.checkout.payment_models import PaymentMode
from showfloor.checkout.ports import ProviderUnavailable
from showfloor.checkout.provider import AccountKeys
from showfloor.checkout.services import payment_events, reconciliation, saved_methods, settlement
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.kernel.slices import Erasure
from tests.checkout.shopping import DECLINED, LOST, OK, Answer, Clock, Shopper, deliver
from tests.stock.helpers import level, make_variant
from tests.support import stripe_server
from tests.support.stripe_server import StripeServer

TOTAL = 2480
# The test provider always answers, and no bank of its asks back.
ONLY_STRIPE = pytest.mark.parametrize("shop", ["stripe"], indirect=True)


@dataclass
class Shop:
    """A provider, and what it keeps by its own books."""

    shopper: Shopper
    books: Any

    def kept(self) -> int:
        with self.books._database.reading() as connection:
            return int(connection.execute("SELECT COUNT(*) FROM method").fetchone()[0])

    def card(self, number: str) -> str:
        return self.shopper.card(number)

    def tell(self) -> None:
        """Let captures be told that are not in the answer."""
        deliver(self.books)

    def charged(self) -> list[int]:
        with self.books._database.reading() as connection:
            rows = connection.execute("SELECT amount, status FROM payment ORDER BY rowid")
            return [row["amount"] for row in rows if row["status"] == "authorized"]


class StripeShop(Shop):
    books: StripeServer

    @override
    def kept(self) -> int:
        return len(self.books.attached())

    @override
    def card(self, number: str) -> str:
        return {OK: stripe_server.OK, DECLINED: stripe_server.DECLINED}[number]

    @override
    def tell(self) -> None: ...

    @override
    def charged(self) -> list[int]:
        return [one["amount"] for one in self.books.intents.values() if one["amount_received"]]


@pytest.fixture(params=["test", "stripe"])
def shop(
    request: pytest.FixtureRequest, brand: Brand, testpay: TestPay, post: ShippingOption
) -> Iterator[Shop]:
    member = Shopper(Client(), brand, "m:mia", testpay)
    if request.param == "test":
        yield Shop(member, testpay)
        return
    books = StripeServer()
    with books.serving() as address:
        provider.use(Stripe(AccountKeys("acct_1", True, "pk_test_1", Keys("sk_test_1")), address,
                            retry_delay_s=0.0))  # fmt: skip
        yield StripeShop(member, books)


@pytest.fixture
def pay_shop(brand: Brand, testpay: TestPay, post: ShippingOption) -> Shop:
    """A shop with the test provider alone."""
    return Shop(Shopper(Client(), brand, "m:mia", testpay), testpay)


def pay(shopper: Shopper, *, key: str | None = None, **how: Any) -> Answer:
    return shopper.call("POST", f"/checkouts/{shopper.ready('CREAM')}/pay", how, key=key)


def keep_a_card(shop: Shop, number: str = OK) -> str:
    """Buy with a card that is kept; return its id."""
    paid = pay(shop.shopper, payment_method=shop.card(number), keep_method=True)
    assert paid.status == 200, paid
    return str(methods(shop.shopper)[0]["id"])


def methods(shopper: Shopper) -> Any:
    answer = shopper.call("GET", "/payment-methods")
    assert answer.status == 200, answer
    return answer.body["methods"]


def test_member_who_agreed_pays_again_without_a_card(shop: Shop, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    kept = keep_a_card(shop)
    (listed,) = methods(shop.shopper)
    assert (listed["brand"], listed["last4"], listed["is_expired"]) == ("Visa", "4242", False)
    assert listed["expires"] in {"12/49", "09/49"}
    again = pay(shop.shopper, saved_method=kept)
    assert again.status == 200
    shop.tell()
    assert (shop.charged(), shop.kept(), level(cream)) == ([TOTAL, TOTAL], 1, (3, 0))


def test_consent_stands_in_the_first_event_of_its_payment(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    pay(shop.shopper, payment_method=shop.card(OK))
    keep_a_card(shop)
    first = PaymentEvent.objects.for_brand(brand).filter(number=1).order_by("payment__created_at")
    assert [one.detail for one in first] == [{}, {"agreed_to_keep": True}]


def test_nothing_is_kept_without_consent(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    assert pay(shop.shopper, payment_method=shop.card(OK)).status == 200
    assert (methods(shop.shopper), shop.kept()) == ([], 0)


def test_declined_card_is_not_kept(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    assert pay(shop.shopper, payment_method=shop.card(DECLINED), keep_method=True).status == 402
    assert (methods(shop.shopper), shop.charged()) == ([], [])


def test_guest_cannot_keep_a_card(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    guest = replace(shop.shopper, sub="g:anna")
    refused = pay(guest, payment_method=shop.card(OK), keep_method=True)
    assert (refused.status, refused.body["code"]) == (403, "members-only")
    assert (Payment.objects.for_brand(brand).count(), shop.charged()) == (0, [])


def test_nobody_pays_with_anothers_card(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    kept = keep_a_card(shop)
    for stranger in ("m:otto", "g:anna"):
        refused = pay(replace(shop.shopper, sub=stranger), saved_method=kept)
        assert (refused.status, refused.body["code"]) == (409, "method-gone")
        other = replace(shop.shopper, sub=stranger)
        assert other.call("DELETE", f"/payment-methods/{kept}").status == 404
        assert methods(other) == []
    assert (shop.charged(), len(methods(shop.shopper))) == ([TOTAL], 1)


def test_card_of_another_brand_is_unknown(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    kept = keep_a_card(shop)
    SavedMethod.objects.for_brand(brand).update(account="acct_of_another")
    assert methods(shop.shopper) == []
    assert pay(shop.shopper, saved_method=kept).body["code"] == "method-gone"


def test_card_that_was_kept_in_the_other_mode_waits_for_it(pay_shop: Shop, brand: Brand) -> None:
    """A provider's name of an account is the same in both modes; what it keeps is not."""
    make_variant(brand, "CREAM", 5)
    kept = keep_a_card(pay_shop)
    row = SavedMethod.objects.for_brand(brand).get()
    live = PaymentAccount(
        brand=brand, provider=row.provider, account=row.account, mode=PaymentMode.LIVE,
        active=False, created_at=utc_now(), keys_changed_at=utc_now(),
    )  # fmt: skip
    live.save(force_insert=True)
    SavedMethod.objects.for_brand(brand).update(payment_account=live)
    assert methods(pay_shop.shopper) == []
    assert pay(pay_shop.shopper, saved_method=kept).body["code"] == "method-gone"
    assert SavedMethod.objects.for_brand(brand).get().owner == "m:mia"


def test_strangers_repeated_call_removes_nobodys_card(
    pay_shop: Shop, brand: Brand, testpay: TestPay, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_variant(brand, "CREAM", 5)
    kept, stranger = keep_a_card(pay_shop), replace(pay_shop.shopper, sub="m:otto")
    path, key = f"/checkouts/{stranger.ready('CREAM')}/pay", new_id()
    with monkeypatch.context() as broken:
        broken.setattr(testpay, "authorise", _no_answer)
        card = {"payment_method": pay_shop.card(OK)}
        assert stranger.call("POST", path, card, key=key).status == 503
    declined = stranger.call("POST", path, {"saved_method": kept}, key=key)
    assert (declined.status, declined.body["reason"]) == (402, "bad_payment_method")
    assert [one["id"] for one in methods(pay_shop.shopper)] == [kept]
    assert pay_shop.charged() == [TOTAL]


@pytest.mark.parametrize("agreed", [True, False])
def test_repeated_call_keeps_what_was_agreed_to_at_first(
    pay_shop: Shop, brand: Brand, testpay: TestPay, monkeypatch: pytest.MonkeyPatch, agreed: bool
) -> None:
    make_variant(brand, "CREAM", 5)
    shopper, key, card = pay_shop.shopper, new_id(), {"payment_method": pay_shop.card(OK)}
    path = f"/checkouts/{shopper.ready('CREAM')}/pay"
    with monkeypatch.context() as broken:
        broken.setattr(testpay, "authorise", _no_answer)
        assert shopper.call("POST", path, card | {"keep_method": agreed}, key=key).status == 503
    assert shopper.call("POST", path, card | {"keep_method": True}, key=key).status == 200
    assert (pay_shop.kept(), len(methods(shopper))) == (int(agreed), int(agreed))


def _no_answer(*_of_attempt: Any) -> None:
    raise ProviderUnavailable("away")


@pytest.mark.parametrize("how", [{}, {"payment_method": "pm_1", "saved_method": "x"}])
def test_one_way_to_pay_is_named(pay_shop: Shop, brand: Brand, how: dict[str, str]) -> None:
    make_variant(brand, "CREAM", 5)
    refused = pay(pay_shop.shopper, **how)
    assert (refused.status, refused.body["field"]) == (422, "payment_method")
    assert Payment.objects.for_brand(brand).count() == 0


def test_removed_card_cannot_be_used_and_the_provider_forgets_it(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    first = keep_a_card(shop)
    keep_a_card(shop)
    assert shop.kept() == 2
    (rest,) = shop.shopper.call("DELETE", f"/payment-methods/{first}").body["methods"]
    assert rest["id"] != first
    assert pay(shop.shopper, saved_method=first).body["code"] == "method-gone"
    assert saved_methods.let_providers_forget(utc_now()) == 1
    assert (shop.kept(), SavedMethod.objects.for_brand(brand).count()) == (1, 1)
    assert pay(shop.shopper, saved_method=rest["id"]).status == 200


def test_second_card_goes_to_the_same_customer(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    keep_a_card(shop)
    keep_a_card(shop)
    customers = SavedMethod.objects.for_brand(brand).values_list("customer", flat=True)
    assert len(set(customers)) == 1


def test_last_card_takes_the_customer_along(brand: Brand, testpay: TestPay, shop: Shop) -> None:
    make_variant(brand, "CREAM", 9)
    kept = keep_a_card(shop)
    shop.shopper.call("DELETE", f"/payment-methods/{kept}")
    saved_methods.let_providers_forget(utc_now())
    if isinstance(shop, StripeShop):
        assert [one.get("deleted") for one in shop.books.customers.values()] == [True]
    keep_a_card(shop)  # a new customer is made in its place
    assert shop.kept() == 1


@ONLY_STRIPE
def test_provider_that_does_not_answer_is_asked_again(brand: Brand, shop: Shop) -> None:
    assert isinstance(shop, StripeShop)
    make_variant(brand, "CREAM", 9)
    kept = keep_a_card(shop)
    shop.shopper.call("DELETE", f"/payment-methods/{kept}")
    shop.books.fail, now = 3, utc_now()
    assert saved_methods.let_providers_forget(now) == 0
    assert saved_methods.let_providers_forget(now) == 0  # not at once
    assert shop.kept() == 1
    assert saved_methods.let_providers_forget(now + saved_methods.ASK_AGAIN) == 1
    assert (shop.kept(), SavedMethod.objects.for_brand(brand).count()) == (0, 0)


def test_card_that_the_provider_no_longer_knows_is_dropped(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    kept = keep_a_card(shop)
    forgotten = SavedMethod.objects.for_brand(brand).get()
    chosen = provider.of_brand(brand.pk).provider
    chosen.forget(saved_methods.stored(forgotten), with_customer=False)
    declined = pay(shop.shopper, saved_method=kept)
    assert (declined.status, declined.body["reason"]) == (402, "bad_payment_method")
    assert methods(shop.shopper) == []


def test_repeated_tap_pays_once(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    kept = keep_a_card(shop)
    ready, key = shop.shopper.ready("CREAM"), new_id()
    path, body = f"/checkouts/{ready}/pay", {"saved_method": kept}
    answers = [shop.shopper.call("POST", path, body, key=key) for _tap in range(2)]
    assert [one.replayed for one in answers] == [False, True]
    assert shop.charged() == [TOTAL, TOTAL]


def test_erasure_removes_cards_here_and_at_the_provider(shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    keep_a_card(shop)
    (taken_out,) = personal_data.take_out(brand.pk, "m:mia")["payment_methods"]
    assert (taken_out["network"], taken_out["last4"]) == ("visa", "4242")
    found = personal_data.erase(Erasure(brand.pk, "m:mia"))
    assert found["payment_methods"] == 1
    assert personal_data.take_out(brand.pk, "m:mia")["payment_methods"] == []
    saved_methods.let_providers_forget(utc_now())
    assert (shop.kept(), SavedMethod.objects.for_brand(brand).count()) == (0, 0)


def test_card_is_kept_when_the_answer_got_lost(pay_shop: Shop, brand: Brand, clock: Clock) -> None:
    """The process dies after the provider has acted: reconciliation, or the notice, brings it."""
    make_variant(brand, "CREAM", 9)
    number = LOST
    real, pay_shop.books.authorise = pay_shop.books.authorise, lambda attempt: _lost(real, attempt)
    lost = pay(pay_shop.shopper, payment_method=pay_shop.card(number), keep_method=True)
    assert (lost.status, methods(pay_shop.shopper)) == (503, [])
    reconciliation.reconcile(utc_now() + timedelta(minutes=1))
    assert len(methods(pay_shop.shopper)) == 1


def test_payment_that_is_open_at_the_erasure_keeps_no_card(pay_shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    real, pay_shop.books.authorise = pay_shop.books.authorise, lambda attempt: _lost(real, attempt)
    pay(pay_shop.shopper, payment_method=pay_shop.card(LOST), keep_method=True)
    personal_data.erase(Erasure(brand.pk, "m:mia"))
    reconciliation.reconcile(utc_now() + timedelta(minutes=1))
    assert Payment.objects.for_brand(brand).get().state == "captured"
    assert (methods(pay_shop.shopper), pay_shop.kept()) == ([], 1)
    assert saved_methods.let_providers_forget(utc_now()) == 1
    assert (pay_shop.kept(), SavedMethod.objects.for_brand(brand).count()) == (0, 0)


def _lost(real: Any, attempt: Any) -> Any:
    real(attempt)
    raise ProviderUnavailable("lost")


def test_notice_brings_the_card_and_a_removed_one_stays_removed(
    pay_shop: Shop, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 9)
    kept = keep_a_card(pay_shop)
    pay_shop.shopper.call("DELETE", f"/payment-methods/{kept}")
    assert [one.status for one in deliver(pay_shop.books)] == [200]
    assert methods(pay_shop.shopper) == []
    payment = Payment.objects.for_brand(brand).get()
    told = pay_shop.books.fetch(payment_events.attempt_of(payment))
    saved_methods.let_providers_forget(utc_now())
    settlement.settle(brand.pk, payment.pk, replace(told, stored=None), "webhook", utc_now())
    assert SavedMethod.objects.for_brand(brand).count() == 0


def test_unused_card_is_removed(pay_shop: Shop, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    keep_a_card(pay_shop)
    assert saved_methods.remove_unused(utc_now() - timedelta(days=730), 100) == 0
    SavedMethod.objects.for_brand(brand).update(used_at=utc_now() - timedelta(days=731))
    assert saved_methods.remove_unused(utc_now() - timedelta(days=730), 100) == 1
    assert methods(pay_shop.shopper) == []
    assert saved_methods.let_providers_forget(utc_now()) == 1
    assert pay_shop.kept() == 0


def test_member_keeps_a_bounded_number_of_cards(
    pay_shop: Shop, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_methods, "METHODS_MAX", 2)
    make_variant(brand, "CREAM", 9)
    oldest = keep_a_card(pay_shop)
    keep_a_card(pay_shop)
    keep_a_card(pay_shop)
    left = [one["id"] for one in methods(pay_shop.shopper)]
    assert (len(left), oldest in left) == (2, False)


@ONLY_STRIPE
def test_bank_may_ask_back_about_a_kept_card(shop: Shop, brand: Brand) -> None:
    assert isinstance(shop, StripeShop)
    make_variant(brand, "CREAM", 9)
    kept = keep_a_card(shop)
    (method,) = shop.books.methods.values()
    method["does"] = stripe_server.ASKS_BACK
    asked = pay(shop.shopper, saved_method=kept)
    (secret,) = [one["client_secret"] for one in shop.books.intents.values()
                 if one["status"] == "requires_action"]  # fmt: skip
    assert (asked.body["payment_state"], asked.body["action"]) == ("requires_action", secret)
    checkout = Payment.objects.for_brand(brand).order_by("-created_at")[0].checkout_id
    shop.books.answer_at_bank(secret.split("_secret")[0], "yes")
    told = shop.shopper.call("POST", f"/checkouts/{checkout}/payment", {})
    assert told.body["order"]["state"] == "confirmed"


@ONLY_STRIPE
def test_card_that_the_bank_confirms_is_kept_after_it(shop: Shop, brand: Brand) -> None:
    assert isinstance(shop, StripeShop)
    make_variant(brand, "CREAM", 9)
    asked = pay(shop.shopper, payment_method=stripe_server.ASKS_BACK, keep_method=True)
    assert (asked.body["payment_state"], methods(shop.shopper)) == ("requires_action", [])
    payment = Payment.objects.for_brand(brand).get()
    shop.books.answer_at_bank(payment.reference, "yes")
    shop.shopper.call("POST", f"/checkouts/{payment.checkout_id}/payment", {})
    assert len(methods(shop.shopper)) == 1
