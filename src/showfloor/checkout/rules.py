"""Decisions of checkout, without I/O: limits, addresses, totals and states of payments."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from showfloor.accounts.countries import COUNTRIES
from showfloor.accounts.email_addresses import check_email
from showfloor.checkout import address_formats, postal_codes
from showfloor.checkout.ports import ProviderPayment
from showfloor.kernel.errors import Conflict, Invalid, ShowfloorError, SoldOut
from showfloor.stock.rules import QUANTITY_MAX

CART_LINES_MAX = 30
# A network whose guests buy may be a phone carrier, a hall or a proxy that nobody named: it gets
# room with every purchase. One whose guests only hold stock does not.
ROOM_PER_PURCHASE = 4
PURCHASES_WITHIN = timedelta(hours=1)
CHECKOUTS_PER_GUEST_MAX = 30  # begun by one guest, within
CHECKOUTS_PER_GUEST_WITHIN = timedelta(minutes=10)
SHOW_TIME_MAX_S = 48 * 3600.0
GUEST_DETAILS_KEPT = timedelta(days=1)

PAYMENT_ATTEMPTS_MAX = 6  # of one checkout: stolen cards are tried by the hundred
TIME_AFTER_DECLINE = timedelta(minutes=5)  # to find another card

# From the first pay call on, stock is kept longer than a payment may stay open: the money that
# comes in time finds its goods.
UNSEEN_AFTER = timedelta(seconds=60)  # an attempt that the provider does not know by then failed
VOID_AFTER = timedelta(minutes=15)  # authorised but not captured by then: let it go
PAYING_HOLD = VOID_AFTER + timedelta(minutes=5)
ASK_AGAIN = timedelta(seconds=30)  # between two questions to the provider about one payment


class PaymentDeclined(ShowfloorError):
    """The provider refused the card. The checkout can be paid with another one."""

    status = 402
    default_code = "payment-declined"


def check_quantity(quantity: int, *, lowest: int = 1) -> int:
    if not lowest <= quantity <= QUANTITY_MAX:
        raise Invalid(
            _("The quantity must be from %(low)d to %(high)d.")
            % {"low": lowest, "high": QUANTITY_MAX},
            field="quantity",
        )
    return quantity


def check_wanted(sku: str, wanted: int, available: int) -> None:
    """Invalid or SoldOut when a buyer, to whom `available` are free, cannot have so many."""
    check_quantity(wanted)
    if wanted > available:
        raise SoldOut(sku, available)


def check_version(seen: int | None, now: int) -> None:
    """Conflict when the cart that the buyer saw (None: whichever) is no longer the cart of now."""
    if seen is not None and seen != now:
        raise Conflict(
            _("Your cart has changed meanwhile."), code="cart-changed", field="version",
            more={"version": now},
        )  # fmt: skip


def show_time_s(told: float | None) -> float | None:
    """Return the show time that a client tells, where it is plausible."""
    if told is None or not 0 <= told <= SHOW_TIME_MAX_S:
        return None
    return round(told, 3)


def in_words(error: ShowfloorError) -> ShowfloorError:
    """Return the error with its sentence in the language of now; the kernel's are English."""
    if isinstance(error, SoldOut):
        error.message = sold_out_sentence(error.available)
    return error


def sold_out_sentence(available: int) -> str:
    if not available:
        return _("Sold out.")
    return ngettext("Only %(count)d left.", "Only %(count)d left.", available) % {
        "count": available
    }


def has_room(still_open: int, most: int, purchases: int) -> bool:
    """Return whether one more of a network's guests may begin a checkout; `most` 0: always."""
    return most == 0 or still_open < most + ROOM_PER_PURCHASE * purchases


# --- the recipient


@dataclass(frozen=True, slots=True)
class Details:
    """The fields that a buyer may enter; None: not given this time."""

    email: str | None = None
    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    gift_note: str | None = None
    vat_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Field:
    missing: object  # the (lazily translated) sentence when it is empty
    wire: str  # the name that an error carries
    length_max: int
    required: bool = True


_FIELDS: Mapping[str, _Field] = {
    "email": _Field(gettext_lazy("Enter your e-mail address."), "email", 254),
    "name": _Field(gettext_lazy("Enter your name."), "name", 120),
    "line1": _Field(gettext_lazy("Enter street and number."), "address.line1", 120),
    "line2": _Field("", "address.line2", 120, required=False),
    "postal_code": _Field(gettext_lazy("Enter the postal code."), "address.postal_code", 16),
    "city": _Field(gettext_lazy("Enter the city."), "address.city", 80),
    "region": _Field("", "address.region", address_formats.REGION_CHARS_MAX, required=False),
    "country": _Field(gettext_lazy("Choose the country."), "address.country", 2),
    "gift_note": _Field("", "gift_note", 300, required=False),
    "vat_id": _Field("", "vat_id", 20, required=False),
}
_PERSON: Final = ("email", "name", "country")  # an order needs them wherever it goes
# The details that nobody asks for where nothing is sent.
OF_A_PARCEL: Final = frozenset({"line1", "line2", "postal_code", "city", "region"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def clean_details(details: Details) -> dict[str, str]:
    """Return the given fields, tidied; Invalid names the one that cannot be right."""
    cleaned: dict[str, str] = {}
    for name, spec in _FIELDS.items():
        raw: str | None = getattr(details, name)
        if raw is None:
            continue
        value = " ".join(raw.split())
        if _CONTROL.search(value):
            raise Invalid(_("This contains characters that cannot be."), field=spec.wire)
        if len(value) > spec.length_max:
            raise Invalid(
                _("At most %(count)d characters.") % {"count": spec.length_max}, field=spec.wire
            )
        cleaned[name] = value
    if cleaned.get("email"):
        check_email(cleaned["email"])
    _check_country(cleaned)
    return cleaned


def check_person(entered: Mapping[str, str]) -> None:
    """Invalid names the first field that every order needs and that is still empty."""
    for name in _PERSON:
        if not entered[name]:
            raise Invalid(str(_FIELDS[name].missing), field=_FIELDS[name].wire)


def check_complete(entered: Mapping[str, str], *, has_parcel: bool = True) -> None:
    """Invalid names the first field that an order lacks. `has_parcel`: False where the buyer comes
    for it, or nothing is sent: it needs an address for the invoice of a business alone."""
    check_person(entered)
    if has_parcel or is_business(entered["vat_id"]):
        check_address(entered)


def is_business(vat_id: str) -> bool:
    """Return whether the invoice is one of a business: it names the buyer's full address
    (Directive 2006/112/EC Art. 226(5); EN 16931 BT-50, BT-52, BT-53)."""
    return bool(vat_id)


def check_recipient(entered: Mapping[str, str]) -> None:
    """Invalid names the first field that a kept address lacks."""
    for name in ("name", "country"):
        if not entered[name]:
            raise Invalid(str(_FIELDS[name].missing), field=_FIELDS[name].wire)
    check_address(entered)


def check_address(entered: Mapping[str, str]) -> None:
    """Invalid names the first field that a parcel to the country needs and that is still empty or
    wrong."""
    for name, label in address_formats.required_of(entered["country"]):
        if not entered[name]:
            missing = str(_FIELDS[name].missing) or _("Fill in: %(field)s.") % {"field": label}
            raise Invalid(missing, field=_FIELDS[name].wire)
    region(entered["country"], entered["region"])
    postal_code(entered["country"], entered["postal_code"], entered["region"])


def region(country: str, name: str) -> str:
    """Return the region as the country writes it; Invalid where it has no such region."""
    if not country:
        return name
    found = address_formats.region_of(country, name)
    if found is None:
        raise Invalid(_("Choose one from the list."), field="address.region")
    return found


def postal_code(country: str, code: str, region: str = "") -> str:
    """The code as the country writes it; Invalid where it is none there. Before the country is
    known, or where a code is not needed and not given, there is nothing to say."""
    if not country or not code:
        return code
    found = postal_codes.tidied(country, code, region)
    if found is None:
        example = postal_codes.of(country, region).example
        sentence = _("This is not a postal code of that country.")
        if region and postal_codes.tidied(country, code) is not None:
            sentence = _("This is not a postal code of that region.")
        elif example:
            sentence = _("This is not a postal code of that country; they look like %(example)s.")
        raise Invalid(sentence % {"example": example}, field="address.postal_code")
    return found


def _check_country(cleaned: dict[str, str]) -> None:
    country = cleaned.get("country", "").upper()
    if country and country not in COUNTRIES:
        raise Invalid(_("Choose a country from the list."), field="address.country")
    if country:
        cleaned["country"] = country


def default_country(guesses: Iterable[str], reachable: Collection[str]) -> str:
    """The first guess that can be sent to, or the only country that can; else none: the buyer
    chooses, since a wrong country is overlooked and an empty one is not."""
    if len(reachable) == 1:
        return next(iter(reachable))
    return next((guess for guess in guesses if guess in reachable), "")


# --- reports of a payment


@dataclass(frozen=True, slots=True)
class Expected:
    """Our own record of an attempt."""

    payment_id: str
    account: str
    amount: int
    currency: str
    reference: str  # empty: not known yet


def mismatch(expected: Expected, told: ProviderPayment) -> str:
    """Name the field in which our attempt and the provider's report differ; empty when none does.

    CVE-2026-9189: a genuine notice for 1 must not pay an order of 2,000.
    """
    for name in ("payment_id", "account", "amount", "currency"):
        if getattr(expected, name) != getattr(told, name):
            return name
    if expected.reference and expected.reference != told.reference:
        return "reference"
    return ""
