"""What the law wants beside an offer: product safety, unit prices; and consent."""

import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.catalogue.unit_prices import Unit, UnitPrice, unit_price
from showfloor.outbox import kinds
from showfloor.shows import queries as shows
from showfloor.site.policy import with_payments
from tests.repo.sources import ROOT
from tests.support.catalogue import make_product
from tests.support.shows import Caller, make_show, product_ids

FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\s(?:src|srcset|poster)="([^"]*)\""""
    r"""|<link\b(?![^>]*rel="(?:canonical|alternate)")[^>]*?\shref="([^"]*)\""""
)
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


@pytest.mark.django_db
def test_page_asks_no_other_host_and_browsers_would_refuse_it(brand: Brand) -> None:
    client = Client()
    show = make_show(brand)
    product = make_product(brand, "seen")
    for page in (
        "/", f"/shows/{show.slug}", f"/brands/{brand.slug}/withdraw",
        f"/report?at=/shows/{show.slug}",
        f"/brands/{brand.slug}/categories/", f"/brands/{brand.slug}/products/{product.pk}",
    ):  # fmt: skip
        answer = client.get(page, follow=True)
        text = answer.content.decode()
        fetched = [one or other for one, other in FETCHED.findall(text)]
        assert fetched != [], page
        assert [url for url in fetched if not url.startswith(("/", "data:"))] == [], page
        assert [url for url in fetched if url.startswith("//")] == [], page
        assert "://" not in answer["Content-Security-Policy"], page


def test_only_a_brand_with_stripe_may_load_its_script_and_only_the_payment_does() -> None:
    policies = [
        getattr(with_payments(HttpResponse(), name), "_csp_config", settings.SECURE_CSP)
        for name in ("stripe", "testpay", "")
    ]
    assert ["https://js.stripe.com" in one["script-src"] for one in policies] == [
        True, False, False,
    ]  # fmt: skip
    sources = [
        path for path in (ROOT / "frontend/src").rglob("*.ts")
        if "js.stripe.com" in path.read_text("utf-8")
    ]  # fmt: skip
    assert [path.name for path in sources] == ["payment-gateway.ts"]


def test_every_mail_answers_something_that_its_reader_did() -> None:
    """Directive 2002/58/EC Art. 13: a mail that advertises needs consent. A new kind of mail has
    to be one of these, or to ask."""
    about = (
        "order-", "return-", "withdrawal-", "notice-", "complaint-", "statement-of-reasons",
        "prize.", "waitlist-offer", "sign_up.",
    )  # fmt: skip
    to_staff = {"dispute-warning"}
    ours = {
        name
        for name, kind in kinds.registered().items()
        if kind.render.__module__.startswith("showfloor.")
    }
    assert len(ours) > len(about)
    assert [name for name in sorted(ours - to_staff) if not name.startswith(about)] == []
