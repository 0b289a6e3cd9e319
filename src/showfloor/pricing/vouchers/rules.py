"""Decisions about vouchers, without I/O: whether a code is good for a purchase, and what it takes
off."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid
from showfloor.kernel.money import Money
from showfloor.pricing.rules import Offer, OfferKind
from showfloor.pricing.vouchers.models import CODE_CHARS_MAX, VoucherMoment

LIVE: Final = "live"
REPLAY: Final = "ended"  # the state of a show whose recording is watched
_STATES: Final = {
    VoucherMoment.LIVE: frozenset({LIVE}),
    VoucherMoment.REPLAY: frozenset({REPLAY}),
    VoucherMoment.SHOWN: frozenset({LIVE, REPLAY}),
}
_MARKS = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class VoucherTerms:
    """A voucher as it stands. `goods`: ids of the variants of this purchase that it is for, None
    for all of them."""

    id: str
    code: str
    kind: str
    value: int
    currency: str
    minimum: int
    moment: str
    show: str
    starts_at: datetime | None
    ends_at: datetime | None
    limit: int | None
    limit_per_person: int | None
    used: int
    active: bool
    goods: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class WantedLine:
    """One line of a purchase. `show` is the address of the show that it was put into the cart from,
    and `show_state` the state of that show at this moment; empty for none."""

    variant_id: str
    amount: int  # at list price
    show: str = ""
    show_state: str = ""


def tidied(code: str) -> str:
    """Return a code as it is stored: capital letters without spaces."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", code)).upper()


def is_code(text: str) -> bool:
    """Return whether a tidied text can be a code at all."""
    return 0 < len(text) <= CODE_CHARS_MAX and text.isprintable()


def unknown() -> Invalid:
    return _refusal("voucher-unknown", _("There is no such code. Look at it again."))


def check(
    terms: VoucherTerms, lines: Sequence[WantedLine], currency: str, now: datetime, *,
    used_by_person: int, has_it: bool = False,
) -> frozenset[str]:  # fmt: skip
    """Return the ids of the variants that the voucher lowers; Invalid says in words why it does
    not. `has_it`: this purchase holds one of its uses already."""
    _check_time(terms, now)
    if terms.kind == OfferKind.AMOUNT and terms.currency != currency:
        raise _refusal(
            "voucher-currency",
            _("This code is for prices in %(currency)s.") % {"currency": terms.currency},
        )
    if not has_it and terms.limit is not None and terms.used >= terms.limit:
        raise used_up()
    check_person(terms.limit_per_person, used_by_person)
    chosen = _chosen(terms, lines)
    value = sum(line.amount for line in lines if line.variant_id in chosen)
    if terms.currency == currency and value < terms.minimum:
        raise _refusal(
            "voucher-minimum",
            _("This code is good from %(amount)s of goods that it is for.")
            % {"amount": f"{Money(terms.minimum, currency).decimal} {currency}"},
        )
    return chosen


def check_person(limit: int | None, used: int) -> None:
    """Invalid when a person has used a voucher as often as one may."""
    if limit is not None and used >= limit:
        raise _refusal("voucher-used-by-you", _("You have used this code already."))


def used_up() -> Invalid:
    return _refusal("voucher-used-up", _("This code is used up."))


def _check_time(terms: VoucherTerms, now: datetime) -> None:
    if not terms.active:
        raise _refusal("voucher-expired", _("This code is no longer good."))
    if terms.starts_at is not None and now < terms.starts_at:
        raise _refusal("voucher-not-yet", _("This code is not good yet."))
    if terms.ends_at is not None and now >= terms.ends_at:
        raise _refusal("voucher-expired", _("This code has expired."))


def _chosen(terms: VoucherTerms, lines: Sequence[WantedLine]) -> frozenset[str]:
    """Return the variants of the lines that the voucher lowers. One such line is enough for a code
    for all goods or for free shipping; what was added elsewhere keeps its price."""
    of_goods = [line for line in lines if terms.goods is None or line.variant_id in terms.goods]
    if not of_goods:
        raise _refusal("voucher-goods", _("This code is not for the goods in your cart."))
    of_show = [line for line in of_goods if not terms.show or line.show == terms.show]
    if not of_show:
        raise _refusal("voucher-show", _("This code is for goods from another show."))
    moment = VoucherMoment(terms.moment)
    states = _STATES.get(moment)
    found = [line for line in of_show if states is None or line.show_state in states]
    if found:
        return frozenset(line.variant_id for line in found)
    if moment == VoucherMoment.SHOWN:
        raise _refusal(
            "voucher-shown", _("This code is for goods that you add in a show or its replay.")
        )
    if moment == VoucherMoment.LIVE:
        raise _refusal(
            "voucher-live", _("This code is for goods that you add while a show is live.")
        )
    raise _refusal("voucher-replay", _("This code is for goods that you add in a replay."))


def _refusal(code: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=code, field="voucher")


# --- as a checkout keeps it


def frozen(terms: VoucherTerms, variants: Collection[str]) -> dict[str, Any]:
    """Return the voucher as a checkout keeps it: later edits change nothing."""
    return {
        "id": terms.id, "code": terms.code, "kind": terms.kind, "value": terms.value,
        "variants": sorted(variants),
    }  # fmt: skip


def offers(kept: Mapping[str, Any] | None) -> tuple[Offer, ...]:
    """Return the offers of a quote for the voucher that a checkout keeps."""
    if not kept:
        return ()
    return (
        Offer(
            OfferKind(kept["kind"]), kept["id"], kept["code"], kept["value"],
            frozenset(kept["variants"]),
        ),
    )  # fmt: skip


def taken_off(adjustments: Sequence[Mapping[str, Any]], voucher_id: str) -> int:
    """Return what these adjustments take off because of the voucher."""
    return -sum(int(one["amount"]) for one in adjustments if one["source"] == voucher_id)
