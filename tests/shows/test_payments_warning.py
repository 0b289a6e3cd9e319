"""Staff are told on every page when no real money is taken; visitors are not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from showfloor.accounts.models import User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.models import PaymentAccount
from showfloor.checkout.provider import Kind
from showfloor.checkout.services import payment_accounts
from showfloor.checkout.services.payment_accounts import NewKeys
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show

TEST = "Test payments: no money is taken, and orders are not really paid."
NONE = "No payment provider is set up: nothing can be bought."


class Bank(TestPay):
    """A provider that takes money."""

    name, is_test = "bank", False


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
        provider.offer("bank", Kind("Bank", lambda _keys: bank, lambda _keys: None))
        account = PaymentAccount(brand=show.brand, provider="bank", mode="live", account="b-1")
        payment_accounts.save(account, NewKeys("sk_1"), utc_now())
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
