"""Stripe's books through its library, over HTTP, in pages; and a day that they tell of."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from showfloor.adapters.stripe.provider import Stripe
from showfloor.checkout.payment_keys import Keys
from showfloor.checkout.ports import ProviderUnavailable
from showfloor.checkout.provider import AccountKeys
from showfloor.fulfilment.daily_close.payout_ports import PayoutBooks
from tests.support.stripe_server import StripeServer

SINCE = timedelta(days=4)


@pytest.fixture
def bank() -> StripeServer:
    """An account with a charge of 24.80, of which 4.80 went back, and a dispute over the rest."""
    server = StripeServer(page=2)
    intent = {"id": "pi_1", "amount": 2480, "amount_received": 0, "currency": "eur"}
    server.intents["pi_1"] = intent
    server.capture("pi_1")
    server.give_back("pi_1", 480)
    server.dispute("pi_1", 2000)
    server.book("stripe_fee", -300, 0, {})
    return server


@pytest.fixture
def books(bank: StripeServer) -> Iterator[Stripe]:
    with bank.serving() as address:
        keys = AccountKeys("acct_1", True, "pk_test_1", Keys("sk_test_1", ("whsec",)))
        yield Stripe(keys, address, retry_delay_s=0.0)


def now(bank: StripeServer) -> datetime:
    return datetime.fromtimestamp(bank.now_s, UTC)


def test_movements_name_our_payment_and_their_fee(books: Stripe, bank: StripeServer) -> None:
    assert isinstance(books, PayoutBooks)
    found = list(books.movements(now(bank) - SINCE))
    assert [(one.kind, one.amount, one.fee, one.reference) for one in reversed(found)] == [
        ("charge", 2480, 59, "pi_1"), ("refund", -480, 0, "pi_1"),
        ("dispute", -2000, 1500, "pi_1"), ("other", -300, 0, ""),
    ]  # fmt: skip
    assert {one.currency for one in found} == {"EUR"}
    assert bank.calls.count("GET /v1/balance_transactions") == 2  # two pages


def test_payout_consists_of_its_movements(books: Stripe, bank: StripeServer) -> None:
    bank.pay_out()
    bank.book("charge", 1000, 39, {"object": "charge", "payment_intent": "pi_2"})
    (payout,) = books.payouts(now(bank) - SINCE)
    movements = {one.id: one for one in books.movements(now(bank) - SINCE)}
    of = [movements[name] for name in books.movements_of(payout.id)]
    assert len(of) == 4
    assert payout.amount == sum(one.amount - one.fee for one in of) == -1859


def test_movements_from_before_are_left_out(books: Stripe, bank: StripeServer) -> None:
    assert list(books.movements(now(bank) + timedelta(seconds=1))) == []


def test_provider_that_does_not_answer_is_said(books: Stripe, bank: StripeServer) -> None:
    bank.fail = 10
    with pytest.raises(ProviderUnavailable):
        list(books.movements(now(bank) - SINCE))
