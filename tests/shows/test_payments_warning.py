"""Staff are told on every page when no real money is taken; visitors are not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.models import PaymentAccount
from showfloor.checkout.provider import Kind
from showfloor.checkout.services import payment_accounts
from showfloor.checkout.services.payment_accounts import NewKeys
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from tests.support.shows import make_show

TEST = "Test payments: no money is taken, and orders are not really paid."
NONE = "No payment provider is set up: nothing can be bought."


class Bank(TestPay):
    """A provider that takes money."""

    name, is_test = "bank", False


def give_account(brand: Brand, bank: TestPay) -> None:
    provider.offer(bank.name, Kind("Bank", lambda _keys: bank, lambda _keys: None))
    account = PaymentAccount(brand=brand, provider=bank.name, mode="live", account="b-1")
    payment_accounts.save(account, NewKeys("sk_1"), utc_now())


def pages(user: User, show: Show) -> dict[str, str]:
    client = Client()
    public = client.get(f"/shows/{show.slug}").content.decode()
    client.force_login(user)
    paths = ("/console/", f"/console/shows/{show.slug}", "/admin/", "/admin/shows/show/")
    return {"public": public} | {path: client.get(path).content.decode() for path in paths}


@pytest.mark.parametrize(
    ("payments", "demo", "said"),
    [("test", False, TEST), ("", False, NONE), ("test", True, None), ("own", False, None)],
)
def test_staff_see_what_payments_are_worth(
    producer: User, show: Show, settings: Any, tmp_path: Path, payments: str, demo: bool,
    said: str | None,
) -> None:  # fmt: skip
    settings.SHOWFLOOR = replace(django_settings.SHOWFLOOR, demo=demo)
    testpay = TestPay(tmp_path / "testpay.sqlite3", "secret-of-the-tests")
    bank = Bank(tmp_path / "bank.sqlite3", "secret-of-the-tests")
    provider.use(testpay if payments else None)
    if payments == "own":
        give_account(show.brand, bank)
    seen = pages(producer, show)
    public = seen.pop("public")
    for path, page in seen.items():
        short = {TEST: "Test payments", NONE: "No payments"}
        expected = said and (short[said] if path.startswith("/admin/") else said)
        found = [
            text
            for text in (TEST, NONE, *short.values())
            if f">{text}<" in "".join(page.split("\n"))
        ]
        assert found == ([expected] if expected else []), path
    assert TEST not in public
    assert NONE not in public


def test_only_pages_of_a_brand_with_stripe_may_load_its_script(
    brand: Brand, other_brand: Brand, tmp_path: Path
) -> None:
    stripe = Bank(tmp_path / "bank.sqlite3", "secret-of-the-tests")
    stripe.name, stripe.publishable_key = "stripe", "pk_live_1"
    give_account(brand, stripe)
    ours, theirs = (
        Client().get(f"/shows/{make_show(one, f'Of {one.slug}').slug}")
        for one in (brand, other_brand)
    )
    assert (ours.status_code, theirs.status_code) == (200, 200)
    assert ours.headers["Content-Security-Policy"].count("https://js.stripe.com") == 2
    assert "stripe" not in theirs.headers["Content-Security-Policy"]
    text = ours.content.decode()
    assert '"payments": {"provider": "stripe", "publishable_key": "pk_live_1"}' in text
    assert "sk_1" not in text
