"""Single values of a row: amounts, counts, texts; BadRow says what is wrong with one."""

import re
from collections.abc import Iterable
from typing import Final

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from showfloor.catalogue.amounts import (
    AMOUNT_MAX,
    DecimalSign,
    NotAnAmount,
    TwoReadings,
    read_money,
    split,
)
from showfloor.catalogue.categories import DEPTH_MAX
from showfloor.catalogue.importing.records import BadRow
from showfloor.kernel.money import Money, is_currency

REFERENCE_CHARS_MAX = SKU_CHARS_MAX = VENDOR_CHARS_MAX = 120
NAME_CHARS_MAX = 200
CATEGORY_CHARS_MAX = 80
BARCODE_CHARS_MAX = 64
URL_CHARS_MAX = 500
OPTION_CHARS_MAX = 120
AMOUNT_CHARS_MAX = 40
PICTURES_MAX: Final = 20  # of a product, beside its own
PATH_SIGN: Final = " > "
DESCRIPTION_CHARS_MAX = 100_000
_QUANTITY_MAX = 10**9
_CODES = {"€": "EUR", "£": "GBP"}  # a sign that only one currency has; "$" has twenty
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_WHOLE = re.compile(r"^-?\d{1,12}(\.0+)?$")


def colour(value: str, name: str, notes: list[str]) -> str:
    """A colour as `#rrggbb`; what is none is left out and noted."""
    if not value or _COLOUR.fullmatch(value):
        return value.lower()
    notes.append(
        _("%(name)s: “%(value)s” is no colour such as #8a2f4b; it was left out.")
        % {"name": name, "value": value[:AMOUNT_CHARS_MAX]}
    )
    return ""


def text(value: str, name: str, chars_max: int, *, required: bool = False) -> str:
    if required and not value:
        raise BadRow(_("%(name)s is missing.") % {"name": name})
    if len(value) > chars_max:
        raise BadRow(
            _("%(name)s is longer than %(max)d characters.") % {"name": name, "max": chars_max}
        )
    return value


def address(value: str, name: str) -> str:
    """An http(s) address; empty stays empty."""
    text(value, name, URL_CHARS_MAX)
    if value and not value.lower().startswith(("http://", "https://")):
        raise BadRow(_("%(name)s is not a web address.") % {"name": name})
    return value


def amount(value: str, currency: str, name: str, sign: DecimalSign | None) -> int:
    """Minor units from `19.90`, `1.234,50 €`; `sign`: the file's decimal sign, if it is known."""
    text(value, name, AMOUNT_CHARS_MAX, required=True)
    try:
        money = read_money(value, currency, sign)
    except TwoReadings as error:
        raise BadRow(
            _(
                "%(name)s “%(value)s” can be read in two ways: %(larger)s or %(smaller)s."
                " Choose how the file writes numbers."
            )
            % {
                "name": name, "value": value[:40], "larger": error.larger,
                "smaller": error.smaller,
            }
        ) from None  # fmt: skip
    except NotAnAmount:
        raise BadRow(
            _("%(name)s “%(value)s” is not an amount of %(currency)s.")
            % {"name": name, "value": value[:40], "currency": currency}
        ) from None
    if not 0 <= money.amount <= AMOUNT_MAX:
        raise BadRow(
            _("%(name)s “%(value)s” can't be a price.") % {"name": name, "value": value[:40]}
        )
    return money.amount


def amount_with_code(value: str, name: str, sign: DecimalSign | None) -> Money:
    """Money from `12.50 EUR`, `1.234,50 €`."""
    text(value, name, AMOUNT_CHARS_MAX, required=True)
    try:
        _number, unit = split(value)
    except NotAnAmount:
        unit = ""
    code = _CODES.get(unit, unit)
    if not is_currency(code):
        raise BadRow(
            _("%(name)s “%(value)s” is not an amount with a currency, like 12.50 EUR.")
            % {"name": name, "value": value[:40]}
        )
    return Money(amount(value, code, name, sign), code)


def quantity(value: str, name: str, notes: list[str]) -> int | None:
    """Units on hand; None when the file does not say, 0 and a note when the shop has oversold."""
    if not value:
        return None
    if not _WHOLE.match(value):
        raise BadRow(
            _("%(name)s “%(value)s” is not a whole number.") % {"name": name, "value": value[:40]}
        )
    units = int(value.partition(".")[0])
    if units < 0:
        notes.append(_("%(name)s %(value)s is taken as 0.") % {"name": name, "value": value[:40]})
    if units > _QUANTITY_MAX:
        raise BadRow(
            _("%(name)s “%(value)s” is more than can be counted.")
            % {"name": name, "value": value[:40]}
        )
    return max(units, 0)


def before(compare_at: Money | None, price: Money, name: str, notes: list[str]) -> int | None:
    """A price before only where it was higher: shops fill the column with the same price. A lower
    one is a mistake that the report names."""
    if compare_at is None or compare_at.amount == price.amount:
        return None
    if compare_at.amount < price.amount:
        notes.append(
            _("%(name)s %(before)s is below the price %(price)s and was not taken over.")
            % {"name": name, "before": compare_at.decimal, "price": price.decimal}
        )
        return None
    return compare_at.amount


def pictures(urls: Iterable[str], name: str, notes: list[str]) -> tuple[str, ...]:
    """Further pictures in the file's order, each once; one that is no address, or beyond the bound,
    is left out and noted."""
    taken: list[str] = []
    for url in dict.fromkeys(url for url in urls if url):
        try:
            taken.append(address(url, name))
        except BadRow as bad:
            notes.append(str(bad))
    left = len(taken) - PICTURES_MAX
    if left > 0:
        sentence = ngettext(
            "%(count)d further picture was not taken over: a product has at most %(max)d.",
            "%(count)d further pictures were not taken over: a product has at most %(max)d.",
            left,
        )
        notes.append(sentence % {"count": left, "max": PICTURES_MAX})
    return tuple(taken[:PICTURES_MAX])


def sku_of(reference: str, options: dict[str, str]) -> str:
    """A SKU for a variant that the shop gave none: the same each time the file is read."""
    parts = [reference, *(slugify(value, allow_unicode=True) for value in options.values())]
    return "-".join(part for part in parts if part)[:SKU_CHARS_MAX]


def category_path(value: str) -> str:
    """`Health & Beauty > Cosmetics` with names that fit; of a longer path the levels in between are
    left out."""
    names = [name.strip()[:CATEGORY_CHARS_MAX] for name in value.split(">")]
    names = [name for name in names if name]
    if len(names) > DEPTH_MAX:
        names = [*names[: DEPTH_MAX - 1], names[-1]]
    return PATH_SIGN.join(names)
