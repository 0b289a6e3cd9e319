"""A seller's details are entered once, and templates read them."""

import pytest

from showfloor.accounts.models import Brand
from showfloor.legal.models import SellerProfile
from showfloor.legal.starters import starter
from showfloor.legal.vat_format import NotAVatNumber, read_own


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
