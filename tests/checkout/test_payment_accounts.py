"""Payment accounts in the back office: owners enter keys, and nobody reads them again."""

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role, User
from showfloor.adapters.stripe import keys as stripe_keys
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import payment_keys, provider
from showfloor.checkout.models import PaymentAccount
from showfloor.checkout.payment_keys import Keys
from showfloor.checkout.provider import Kind
from tests.conftest import make_staff
from tests.support.people import sign_in_confirmed

ADD = "admin:checkout_paymentaccount_add"
TYPED = {
    "provider": "stripe", "mode": "test", "account": "acct_1", "active": "on",
    "publishable_key": "pk_test_1", "secret_key": "sk_test_1", "webhook_secret": "whsec_1",
}  # fmt: skip


@pytest.fixture
def office(client: Client, brand: Brand, testpay: TestPay) -> Client:
    """The back office as the brand's owner."""
    provider.offer("stripe", Kind("Stripe", lambda _keys: testpay, stripe_keys.check))
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "ana@owner.test"))
    return client


def test_owner_enters_keys_that_no_page_shows_again(office: Client, brand: Brand) -> None:
    made = office.post(reverse(ADD), TYPED)
    assert made.status_code == 302, made.context["errors"]
    account = PaymentAccount.objects.for_brand(brand).get()
    assert payment_keys.unseal(account.sealed_keys) == Keys("sk_test_1", ("whsec_1",))
    page = reverse("admin:checkout_paymentaccount_change", args=[account.pk])
    text = office.get(page).content.decode()
    assert f"/api/v1/webhooks/payments/stripe/{account.pk}" in text
    assert [key for key in ("sk_test_1", "whsec_1") if key in text] == []
    # An empty field leaves a key as it is.
    changed = {"active": "on", "publishable_key": "pk_test_2", "webhook_secret": "whsec_2"}
    assert office.post(page, changed).status_code == 302
    account.refresh_from_db()
    assert account.publishable_key == "pk_test_2"
    assert payment_keys.unseal(account.sealed_keys) == Keys("sk_test_1", ("whsec_2", "whsec_1"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secret_key", "sk_live_1"),
        ("secret_key", ""),
        ("publishable_key", "pk_live_1"),
        ("webhook_secret", "secret"),
        ("account", "1"),
        ("provider", "barter"),
    ],
)
def test_keys_that_cannot_be_right_are_refused_at_their_field(
    office: Client, brand: Brand, field: str, value: str
) -> None:
    refused = office.post(reverse(ADD), {**TYPED, field: value})
    assert refused.status_code == 200
    assert list(refused.context["adminform"].form.errors) == [field]
    assert PaymentAccount.objects.for_brand(brand).count() == 0


def test_new_active_account_takes_the_place_of_the_one_before(office: Client, brand: Brand) -> None:
    for name in ("acct_1", "acct_2"):
        assert office.post(reverse(ADD), {**TYPED, "account": name}).status_code == 302
    rows = PaymentAccount.objects.for_brand(brand).order_by("account")
    assert list(rows.values_list("account", "active")) == [("acct_1", False), ("acct_2", True)]


def test_producer_sees_no_accounts(office: Client, producer: User) -> None:
    office.post(reverse(ADD), TYPED)
    browser = Client()
    sign_in_confirmed(browser, producer)
    assert browser.get(reverse(ADD)).status_code == 403
    assert browser.get(reverse("admin:checkout_paymentaccount_changelist")).status_code == 403
