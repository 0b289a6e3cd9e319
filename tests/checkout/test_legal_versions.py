"""The legal texts of a purchase: named at the button, frozen with the checkout, kept by orders."""

import json
from pathlib import Path

import pytest

from showfloor.accounts.models import Brand
from showfloor.checkout.models import Order
from showfloor.legal.queries import version_address
from showfloor.legal.rules import Text
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant
from tests.support import law

pytestmark = pytest.mark.django_db(transaction=True)
I18N = Path(__file__).resolve().parents[2] / "frontend/src/viewer/checkout-texts"


def test_order_keeps_the_versions_that_its_checkout_began_with(
    brand: Brand, shopper: Shopper
) -> None:
    make_variant(brand, "CREAM", 5)
    terms = law.publish(brand, Text.TERMS, "Old terms.")
    withdrawal = law.publish(brand, Text.WITHDRAWAL)
    law.publish(brand, Text.SHIPPING)  # no text that a purchase is made under
    checkout = shopper.ready("CREAM")
    law.publish(brand, Text.TERMS, "New terms.")
    paid = shopper.pay(checkout)
    order = Order.objects.for_brand(brand).get(number=paid.body["order"]["number"])
    assert order.legal_versions == {"terms": terms.pk, "withdrawal": withdrawal.pk}
    page = shopper.client.get(version_address(order.legal_versions["terms"])).content.decode()
    assert "Old terms." in page


def test_checkout_names_the_texts_in_the_buyers_language(brand: Brand, shopper: Shopper) -> None:
    make_variant(brand, "CREAM", 5)
    english = law.publish(brand, Text.TERMS, language="en")
    german = law.publish(brand, Text.TERMS, language="de")
    privacy = law.publish(brand, Text.PRIVACY, language="en")  # there is no other
    shopper.add("CREAM", 1)
    answer = shopper.send("POST", "/checkouts", b"{}", {"Accept-Language": "de"})
    assert answer.body["legal"] == {
        "terms": version_address(german.pk), "privacy": version_address(privacy.pk),
    }  # fmt: skip
    answer = shopper.send("POST", "/checkouts", b"{}", {"Accept-Language": "en"})
    assert answer.body["legal"]["terms"] == version_address(english.pk)


def test_button_says_that_ordering_obliges_to_pay() -> None:
    """Directive 2011/83/EU Art. 8(2); § 312j(3) BGB has the German words."""
    english, german = (
        json.loads((I18N / f"{code}.json").read_text("utf-8"))["checkout.pay"]
        for code in ("en", "de")
    )
    assert english.startswith("Order with obligation to pay")
    assert german.startswith("Zahlungspflichtig bestellen")
