"""A seller's details are entered once: rows from before are joined, and templates read them."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from showfloor.accounts.models import Brand
from showfloor.legal.models import SellerProfile
from showfloor.legal.starters import starter
from showfloor.legal.vat_format import NotAVatNumber, read_own

OF_TAX = import_module("showfloor.pricing.migrations.0005_one_seller")
OF_INVOICES = import_module("showfloor.fulfilment.documents.migrations.0002_one_seller")


class _Apps:
    """Models of before for the old tables, those of now for the table that takes their rows."""

    def __init__(self, before: Any) -> None:
        self._before = before

    def get_model(self, app: str, name: str) -> Any:
        return SellerProfile if app == "legal" else self._before.get_model(app, name)


@pytest.fixture
def before() -> Iterator[_Apps]:
    nodes = [("pricing", "0004_markets_and_price_lists"), ("documents", "0001_initial")]
    apps = MigrationLoader(connection).project_state(nodes).apps
    tables = [apps.get_model("pricing.SellerTax"), apps.get_model("documents.SellerDetails")]
    for table in tables:  # on PostgreSQL the renamed table's index has kept its name
        table._meta.get_field("brand").db_index = False
    with connection.schema_editor() as editor:
        for table in tables:
            editor.create_model(table)
    yield _Apps(apps)
    with connection.schema_editor() as editor:
        for table in tables:
            editor.delete_model(table)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", [(OF_TAX, OF_INVOICES), (OF_INVOICES, OF_TAX)])
def test_rows_of_before_become_one_and_the_number_of_invoices_wins(
    before: _Apps, brand: Brand, order: tuple[Any, Any]
) -> None:
    SellerProfile.objects.create(brand=brand, country="AT", withdrawal_days=30)
    before.get_model("pricing", "SellerTax").unscoped.create(
        brand_id=brand.pk, country="NL", vat_number="NL004495445B01"
    )
    before.get_model("documents", "SellerDetails").unscoped.create(
        brand_id=brand.pk, legal_name="Maison Test GmbH", line1="Lindenallee 5",
        postal_code="50667", city="Köln", country="DE", vat_id="DE136695976", email="a@b.test",
        registration="HRB 12345",
    )  # fmt: skip
    for one in order:
        one.move(before, None)
    row = SellerProfile.objects.for_brand(brand).get()
    assert (row.company, row.line1, row.city) == ("Maison Test GmbH", "Lindenallee 5", "Köln")
    assert (row.country, row.ships_from, row.goods_leave_from) == ("DE", "NL", "NL")
    assert (row.vat_number, row.email, row.registration) == (
        "DE136695976", "a@b.test", "HRB 12345"
    )  # fmt: skip
    assert (row.withdrawal_days, row.lacking()) == (30, [])


@pytest.mark.parametrize(
    ("typed", "read"),
    [("de 136 695 976", "DE136695976"), ("GB 123 4567 89", "GB123456789"), ("DE123456789", None),
     ("136695976", None), ("CHE-116.281.710", "CHE116281710")],
)  # fmt: skip
def test_own_vat_number_is_checked_by_the_digits_of_its_country(
    typed: str, read: str | None
) -> None:
    if read is None:
        with pytest.raises(NotAVatNumber):
            read_own(typed)
    else:
        assert read_own(typed) == read


@pytest.mark.django_db
def test_templates_of_texts_have_the_sellers_details_filled_in(brand: Brand) -> None:
    seller = SellerProfile(
        brand=brand, company="Maison Test GmbH", line1="Lindenallee 5", postal_code="50667",
        city="Köln", country="DE", email="hallo@maison.test", phone="+49 221 12345",
    )  # fmt: skip
    imprint = starter("imprint", "de", seller)
    assert "Maison Test GmbH\nLindenallee 5\n50667 Köln DE" in imprint
    assert "[[Telefonnummer]]" not in imprint
    assert "[[USt-IdNr.]]" in imprint  # not entered: it stays a gap
    terms = starter("terms", "en", seller)
    assert "Maison Test GmbH, Lindenallee 5, 50667 Köln DE" in terms
    nobody = SellerProfile(brand=brand)
    for kind in ("imprint", "terms", "privacy", "withdrawal"):
        for language in ("de", "en"):
            full, bare = starter(kind, language, seller), starter(kind, language, nobody)
            assert full.count("[[") < bare.count("["), f"{kind} in {language} names the company"
