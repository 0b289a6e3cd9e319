"""The check of a buyer's VAT number: its form here, its existence at a register, and what follows
for the tax.

The register is asked outside of any transaction. Its answer is kept with the date and the
consultation number, which prove the check to the tax office. Without an answer tax is charged, and
the buyer reads how to get it back.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.errors import Invalid
from showfloor.legal import queries as legal
from showfloor.legal.models import SellerProfile
from showfloor.legal.vat_format import NotAVatNumber, RegisterNumber, read_number
from showfloor.pricing.models import VatCheck
from showfloor.pricing.rules import Exemption
from showfloor.pricing.vat_ports import NoAnswer, Register, RegisterAnswer
from showfloor.pricing.vat_rules import exemption_of

FIELD: Final = "vat_id"
GOOD_FOR: Final = timedelta(hours=24)  # an answer of the register, for the same brand
ASKING_MAX: Final = 2  # threads that wait for the register at once; more are told to come back


class VatState(StrEnum):
    """What is known of a number."""

    VALID = "valid"
    NOT_REGISTERED = "not-registered"
    UNCHECKED = "unchecked"  # the register did not answer


@dataclass(frozen=True, slots=True)
class VatNumber:
    """A number and what follows from it. `exemption`: None where tax is charged, and then `notice`
    says why in words for the buyer."""

    number: str
    country: str
    state: VatState
    exemption: Exemption | None
    notice: str
    checked_at: datetime | None = None
    consultation: str = ""


_register: list[Register] = []
_asking = threading.BoundedSemaphore(ASKING_MAX)


def use(register: Register | None) -> None:
    """Ask this register from now on; None: no number can be checked."""
    _register[:] = [] if register is None else [register]


def check(brand: Brand, text: str, *, destination: str, now: datetime) -> VatNumber:
    """Check a buyer's number for goods that go to `destination`. Call it outside of a transaction:
    it may wait some seconds for the register. Invalid (`vat_id`) for what is no VAT number."""
    try:
        number = read_number(text, destination)
    except NotAVatNumber:
        raise Invalid(_("This is no VAT number. It looks like DE123456789."), field=FIELD) from None
    seller = legal.profile(brand.pk)
    leaves = seller.goods_leave_from
    if exemption_of(leaves, destination, number.country) is None:
        notice = _("Tax is charged: this sale is free of it only when sent to a business in"
                   " another country of the EU than the shop's.")  # fmt: skip
        return VatNumber(number.text, number.country, VatState.UNCHECKED, None, notice)
    found = _kept(brand, number, now) or _ask(brand, number, seller, now)
    return _judged(number, leaves, destination, found)


def exemption(brand_id: str, text: str, *, destination: str, now: datetime) -> Exemption | None:
    """Return the reason for which a buyer with this number owes no tax, from the checks that are
    kept: no register is asked."""
    try:
        number = read_number(text, destination)
    except NotAVatNumber:
        return None
    found = _kept(brand_id, number, now)
    if found is None or not found.is_valid:
        return None
    leaves = legal.profile(brand_id).goods_leave_from
    return exemption_of(leaves, destination, number.country)


def _judged(
    number: RegisterNumber, seller_country: str, destination: str, found: VatCheck | None
) -> VatNumber:
    if found is None:
        notice = _("The EU's register of VAT numbers does not answer, so tax is charged. Send the"
                   " shop your VAT number with the order number: it corrects the invoice and"
                   " pays the tax back once the number is confirmed.")  # fmt: skip
        return VatNumber(number.text, number.country, VatState.UNCHECKED, None, notice)
    if not found.is_valid:
        notice = _("The EU's register does not know this VAT number, so tax is charged. Some"
                   " countries register numbers for trade within the EU separately.")  # fmt: skip
        return VatNumber(
            number.text, number.country, VatState.NOT_REGISTERED, None, notice, found.checked_at,
            found.consultation,
        )  # fmt: skip
    return VatNumber(
        number.text, number.country, VatState.VALID,
        exemption_of(seller_country, destination, number.country), "", found.checked_at,
        found.consultation,
    )  # fmt: skip


def _ask(
    brand: Brand, number: RegisterNumber, seller: SellerProfile, now: datetime
) -> VatCheck | None:
    """Ask the register, and keep what it says; None without an answer."""
    if not _register or not _asking.acquire(blocking=False):
        return None
    try:
        answer = _register[0].look_up(number, seller.register_number)
    except NoAnswer:
        return None
    finally:
        _asking.release()
    return _keep(brand, number, answer, now)


@verb
def _keep(brand: Brand, number: RegisterNumber, answer: RegisterAnswer, now: datetime) -> VatCheck:
    kept = VatCheck(
        brand=brand, number=number.text, is_valid=answer.is_valid,
        consultation=answer.consultation, checked_at=now,
    )  # fmt: skip
    with write():
        kept.save(force_insert=True)
    return kept


def _kept(brand: Brand | str, number: RegisterNumber, now: datetime) -> VatCheck | None:
    """Return the last answer about a number that is still good."""
    rows = VatCheck.objects.for_brand(brand).filter(number=number.text)
    return rows.filter(checked_at__gt=now - GOOD_FOR).order_by("-checked_at", "-pk").first()
