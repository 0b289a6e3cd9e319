"""What the law wants beside an offer: product safety, unit prices; and cookies."""

from decimal import Decimal

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.catalogue.unit_prices import Unit, UnitPrice, unit_price
from showfloor.shows import queries as shows
from tests.support.catalogue import make_product
from tests.support.shows import Caller, make_show, product_ids

FACTS = {
    "manufacturer": "Kosmetik <b>KK</b>", "manufacturer_address": "1-2-3 Ginza, Tokyo",
    "manufacturer_contact": "https://kosmetik.test", "responsible": "Maison GmbH",
    "responsible_address": "Lange Str. 1, 10115 Berlin", "responsible_contact": "eu@maison.test",
    "safety_note": "Keep away from the eyes.",
}  # fmt: skip


@pytest.mark.django_db
def test_safety_facts_stand_beside_the_offer(brand: Brand, client: Client) -> None:
    """Regulation (EU) 2023/988 Art. 19(a) to (d)."""
    show = make_show(brand, products=1)
    product = shows.rundown_products(show)[0]
    assert shows.safety_of(product) is None
    for name, value in FACTS.items():
        setattr(product, name, value)
    product.save()
    status, [offer] = Caller().call("GET", f"/shows/{show.slug}/products")
    assert status == 200
    assert offer["safety"] == {
        **{name: value for name, value in FACTS.items() if name != "safety_note"},
        "note": "Keep away from the eyes.",
    }
    assert product_ids(show) == [offer["id"]]
    found = client.get(f"/brands/{brand.slug}/products/{product.pk}/", follow=True)
    page = found.content.decode()
    for value in ("Kosmetik &lt;b&gt;KK&lt;/b&gt;", "1-2-3 Ginza, Tokyo", "Maison GmbH",
                  "eu@maison.test", "Keep away from the eyes."):  # fmt: skip
        assert value in page


@pytest.mark.parametrize(
    ("amount", "content", "unit", "base", "expected"),
    [
        (1990, "50", "ml", None, UnitPrice(39800, Decimal(1), Unit.L)),
        (1990, "50", "ml", "100", UnitPrice(3980, Decimal(100), Unit.ML)),
        (499, "250", "g", None, UnitPrice(1996, Decimal(1), Unit.KG)),
        (1000, "0.75", "l", None, UnitPrice(1333, Decimal(1), Unit.L)),
        (599, "3", "piece", None, UnitPrice(200, Decimal(1), Unit.PIECE)),
        (250, "40", "cm", None, UnitPrice(625, Decimal(1), Unit.M)),
    ],
)
def test_unit_price_is_of_a_litre_a_kilogram_or_the_named_base(
    amount: int, content: str, unit: str, base: str | None, expected: UnitPrice
) -> None:
    found = unit_price(amount, Decimal(content), unit, Decimal(base) if base else None)
    assert found == expected


def test_price_of_the_base_itself_needs_no_unit_price() -> None:
    """Directive 98/6/EC Art. 3(1): where it is the same as the price."""
    assert unit_price(500, Decimal(1), "kg", None) is None
    assert unit_price(500, Decimal(1000), "ml", None) is None
    assert unit_price(500, None, "ml", None) is None


@pytest.mark.django_db
def test_visit_sets_no_cookie_but_those_that_the_pages_need(brand: Brand) -> None:
    client = Client()
    show = make_show(brand)
    make_product(brand, "seen")
    for page in ("/", f"/shows/{show.slug}", f"/brands/{brand.slug}/withdraw"):
        client.get(page)
    assert set(client.cookies) <= {"sf_guest", "csrftoken", "sessionid", "messages"}
