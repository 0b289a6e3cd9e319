"""VAT numbers: their form, the register's answer, and what follows for the tax."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from showfloor.accounts.models import Brand
from showfloor.adapters.vies.register import Vies
from showfloor.kernel.errors import Invalid
from showfloor.legal.models import SellerProfile
from showfloor.legal.vat_format import NotAVatNumber, RegisterNumber, read_number
from showfloor.pricing import vat_numbers
from showfloor.pricing.models import VatCheck
from showfloor.pricing.rules import Exemption
from showfloor.pricing.vat_ports import NoAnswer, RegisterAnswer
from showfloor.pricing.vat_rules import exemption_of
from tests.support.vies_server import VatRegister, vat_register

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DUTCH = "NL004495445B01"
GERMAN = "DE136695976"


@pytest.fixture
def register() -> Iterator[VatRegister]:
    with vat_register() as found:
        found.known.add(DUTCH)
        vat_numbers.use(Vies(found.url, timeout_s=2, pause_s=0))
        yield found
        vat_numbers.use(None)


@pytest.fixture
def seller(brand: Brand) -> SellerProfile:
    return SellerProfile.objects.create(brand=brand, country="DE", vat_number=GERMAN)


@pytest.mark.parametrize(
    ("typed", "country", "read"),
    [
        ("DE 136 695 976", "", GERMAN),
        ("de136695976", "", GERMAN),
        ("136695976", "DE", GERMAN),
        ("094259216", "GR", "EL094259216"),
        ("NL004495445B01", "DE", DUTCH),
    ],
)
def test_number_is_read_with_or_without_its_letters(typed: str, country: str, read: str) -> None:
    assert read_number(typed, country).text == read


@pytest.mark.parametrize("typed", ["", "DE136695977", "DE", "💥", "US123456789", "1" * 400, "\0"])
def test_text_that_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NotAVatNumber):
        read_number(typed, "DE")


@pytest.mark.parametrize(
    ("seller", "destination", "number", "found"),
    [
        ("DE", "NL", "NL", Exemption.REVERSE_CHARGE),
        ("DE", "NL", "FR", Exemption.REVERSE_CHARGE),  # registered in a third member state
        ("DE", "XI", "XI", Exemption.REVERSE_CHARGE),
        ("DE", "DE", "DE", None),  # domestic
        ("DE", "DE", "NL", None),  # the goods stay
        ("DE", "NL", "DE", None),  # the number of the country that they leave
        ("DE", "CH", "NL", None),
        ("CH", "NL", "NL", None),
        ("", "NL", "NL", None),  # nobody knows where the seller is
        ("DE", "", "NL", None),
    ],
)
def test_sale_is_free_of_tax_only_between_two_member_states(
    seller: str, destination: str, number: str, found: Exemption | None
) -> None:
    assert exemption_of(seller, destination, number) is found


@pytest.mark.django_db
def test_valid_number_frees_from_tax_and_its_proof_is_kept(
    brand: Brand, seller: SellerProfile, register: VatRegister
) -> None:
    found = vat_numbers.check(brand, DUTCH, destination="NL", now=NOW)
    assert (found.number, found.state, found.exemption, found.notice) == (
        DUTCH, "valid", Exemption.REVERSE_CHARGE, "",
    )  # fmt: skip
    asked = {
        "countryCode": "NL", "vatNumber": "004495445B01",
        "requesterMemberStateCode": "DE", "requesterNumber": "136695976",
    }  # fmt: skip
    assert register.asked == [("/check-vat-number", asked)]
    kept = VatCheck.objects.for_brand(brand).get()
    assert (kept.number, kept.is_valid, kept.consultation, kept.checked_at) == (
        DUTCH, True, "WAPIAAAA1", NOW,
    )  # fmt: skip
    later = NOW + timedelta(hours=23)
    assert vat_numbers.check(brand, DUTCH, destination="FR", now=later).exemption is not None
    assert len(register.asked) == 1  # its answer is good for a day
    vat_numbers.check(brand, DUTCH, destination="NL", now=NOW + timedelta(hours=25))
    assert len(register.asked) == 2


@pytest.mark.django_db
def test_kept_check_is_the_exemption_of_a_later_quote(
    brand: Brand, other_brand: Brand, seller: SellerProfile, register: VatRegister
) -> None:
    vat_numbers.check(brand, DUTCH, destination="NL", now=NOW)

    def exemption(brand_id: str, destination: str, at: datetime = NOW) -> Exemption | None:
        return vat_numbers.exemption(brand_id, DUTCH, destination=destination, now=at)

    assert exemption(brand.pk, "NL") is Exemption.REVERSE_CHARGE
    assert exemption(brand.pk, "DE") is None
    assert exemption(brand.pk, "NL", NOW + timedelta(days=2)) is None
    assert exemption(other_brand.pk, "NL") is None
    assert len(register.asked) == 1


@pytest.mark.django_db
def test_unknown_number_pays_tax(
    brand: Brand, seller: SellerProfile, register: VatRegister
) -> None:
    register.known.clear()
    found = vat_numbers.check(brand, DUTCH, destination="NL", now=NOW)
    assert (found.state, found.exemption) == ("not-registered", None)
    assert "does not know this VAT number" in found.notice
    assert vat_numbers.exemption(brand.pk, DUTCH, destination="NL", now=NOW) is None


@pytest.mark.django_db
def test_silent_register_means_tax_and_words_on_how_to_get_it_back(
    brand: Brand, seller: SellerProfile, register: VatRegister
) -> None:
    register.failures += ["MS_UNAVAILABLE"] * 2
    found = vat_numbers.check(brand, DUTCH, destination="NL", now=NOW)
    assert (found.state, found.exemption) == ("unchecked", None)
    assert "pays the tax back" in found.notice
    assert not VatCheck.objects.for_brand(brand).exists()
    again = vat_numbers.check(brand, DUTCH, destination="NL", now=NOW)
    assert again.exemption is Exemption.REVERSE_CHARGE  # it was not taken for an answer


@pytest.mark.django_db
def test_domestic_business_is_not_looked_up(
    brand: Brand, seller: SellerProfile, register: VatRegister
) -> None:
    found = vat_numbers.check(brand, GERMAN, destination="DE", now=NOW)
    assert (found.exemption, register.asked) == (None, [])
    assert "another country of the EU" in found.notice


@pytest.mark.django_db
def test_text_that_is_no_number_names_the_field(brand: Brand, seller: SellerProfile) -> None:
    with pytest.raises(Invalid) as refused:
        vat_numbers.check(brand, "DE123", destination="NL", now=NOW)
    assert refused.value.field == "vat_id"


# --- the adapter, against the simulator

NUMBER = RegisterNumber("NL", "004495445B01")


def test_busy_register_is_asked_once_more(register: VatRegister) -> None:
    register.failures.append("GLOBAL_MAX_CONCURRENT_REQ")
    assert Vies(register.url, pause_s=0).look_up(NUMBER, None) == RegisterAnswer(True, "")
    assert len(register.asked) == 2


def test_register_that_stays_busy_gives_no_answer(register: VatRegister) -> None:
    register.failures += ["MS_UNAVAILABLE"] * 5
    with pytest.raises(NoAnswer):
        Vies(register.url, pause_s=0).look_up(NUMBER, None)
    assert len(register.asked) == 2


def test_number_that_the_register_cannot_read_is_not_registered(register: VatRegister) -> None:
    register.failures.append("INVALID_INPUT")
    assert Vies(register.url).look_up(NUMBER, None) == RegisterAnswer(is_valid=False)


@pytest.mark.parametrize(
    "failure",
    [
        "VAT_BLOCKED", "IP_BLOCKED", "INVALID_REQUESTER_INFO", (200, b"[]"), (200, b"{}"),
        (200, b'{"valid": "yes"}'), (200, b'{"valid": true, "requestIdentifier": 3}'),
    ],
)  # fmt: skip
def test_answer_without_a_decision_is_none(
    register: VatRegister, failure: str | tuple[int, bytes]
) -> None:
    register.failures.append(failure)
    with pytest.raises(NoAnswer):
        Vies(register.url, pause_s=0).look_up(NUMBER, None)
    assert len(register.asked) == 1


@pytest.mark.parametrize("failure", [(302, b""), (502, b"<html>"), (200, b"<html>")])
def test_broken_answer_is_none(register: VatRegister, failure: tuple[int, bytes]) -> None:
    register.failures += [failure] * 2
    with pytest.raises(NoAnswer):
        Vies(register.url, pause_s=0).look_up(NUMBER, None)


def test_absent_register_gives_no_answer() -> None:
    with pytest.raises(NoAnswer):
        Vies("http://127.0.0.1:9", pause_s=0).look_up(NUMBER, None)
