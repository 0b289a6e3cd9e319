"""The price book of a brand, read from the tables."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.pricing import queries
from showfloor.pricing.models import TaxRate
from showfloor.pricing.rules import ListPrice, PriceBook
from tests.stock.helpers import make_variant

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def book_of(brand: Brand, *variant_ids: str, currency: str = "EUR") -> PriceBook:
    with connection.cursor() as cursor:
        return queries.load(cursor, brand.pk, variant_ids, currency)


@pytest.mark.django_db
def test_book_holds_prices_on_sale_in_the_currency_and_the_rates_of_the_brand(brand: Brand) -> None:
    serum, book, gone = (make_variant(brand, sku, 5) for sku in ("SERUM", "BOOK", "GONE"))
    book.product.tax_class = TaxClass.REDUCED
    book.product.save()
    Price.objects.for_brand(brand).filter(variant=serum).update(amount=3900, compare_at=4900)
    gone.archived = True
    gone.save()
    TaxRate(brand=brand, country="DE", tax_class=TaxClass.REDUCED, rate_bp=700).save()
    found = book_of(brand, serum.pk, book.pk, gone.pk)
    assert found.prices == {
        serum.pk: ListPrice(3900, 4900, "standard"), book.pk: ListPrice(1990, None, "reduced"),
    }  # fmt: skip
    assert found.taxes.rate("DE", "reduced") == 700
    assert found.taxes.rate("DE", "standard") == brand.tax_rate_bp
    assert book_of(brand, serum.pk, currency="CHF").prices == {}


@pytest.mark.django_db
def test_book_knows_nothing_of_another_brand(brand: Brand, other_brand: Brand) -> None:
    theirs = make_variant(other_brand, "THEIRS", 5)
    TaxRate(brand=other_brand, country="DE", rate_bp=100).save()
    found = book_of(brand, theirs.pk)
    assert (found.prices, found.taxes.rows) == ({}, {})
