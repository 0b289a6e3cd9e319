"""A buyer with a German browser: refusals at checkout, of a card, and the mail afterwards."""

import json

import httpx
import pytest
from django.core import mail
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.accounts.network import NetworkHasher
from showfloor.adapters.testpay.app import TokenApp
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout.models import ShippingOption
from showfloor.outbox.jobs import send_messages
from tests.checkout.shopping import DECLINED, Shopper, deliver
from tests.stock.helpers import make_variant


@pytest.fixture
def german(brand: Brand, testpay: TestPay, post: ShippingOption) -> Shopper:
    return Shopper(Client(headers={"accept-language": "de"}), brand, "g:anna", testpay)


def test_refusals_are_german(german: Shopper, brand: Brand) -> None:
    assert german.begin().body["detail"] == "Dein Warenkorb ist leer."
    make_variant(brand, "CREAM", 1)
    assert german.add("CREAM", 2).body["detail"] == "Nur noch 1 Stück."
    declined = german.pay(german.ready("CREAM"), DECLINED)
    assert declined.status == 402
    assert declined.body["detail"].startswith("Deine Karte wurde abgelehnt.")


def test_mail_is_written_in_the_buyers_language(
    german: Shopper, brand: Brand, testpay: TestPay
) -> None:
    """The provider's notice makes the order, and it speaks no German."""
    assert brand.language == "en"
    make_variant(brand, "CREAM", 5)
    german.pay(german.ready("CREAM", 2))
    deliver(testpay)
    assert send_messages() == 1
    (sent,) = mail.outbox
    assert sent.subject.startswith("Deine Bestellung ")
    for words in ("Hallo Anna Muster, deine Zahlung", "Zwischensumme", "inklusive 19 % Mehrwert"):
        assert words in sent.body, words


async def test_card_is_refused_in_german(testpay: TestPay) -> None:
    transport = httpx.ASGITransport(TokenApp(testpay, NetworkHasher("secret")))
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.test") as browser:
        answer = await browser.post(
            "/testpay/tokens",
            content=json.dumps({"number": "1234"}),
            headers={"accept-language": "de-DE,de;q=0.9"},
        )
    assert answer.json()["detail"] == "Das ist keine Testkarte. Versuche 4242 4242 4242 4242."
