"""Single values of a row: amounts, counts, texts; BadRow says what is wrong with one."""

import re

from django.utils.text import slugify
from django.utils.translation import gettext as _

from showfloor.catalogue.importing.records import BadRow
from showfloor.kernel.money import Money, is_currency, parse_decimal

REFERENCE_CHARS_MAX = SKU_CHARS_MAX = VENDOR_CHARS_MAX = 120
NAME_CHARS_MAX = 200
CATEGORY_CHARS_MAX = 80
BARCODE_CHARS_MAX = 64
URL_CHARS_MAX = 500
OPTION_CHARS_MAX = 120
DESCRIPTION_CHARS_MAX = 100_000
_AMOUNT_MAX = 10**12  # minor units
_QUANTITY_MAX = 10**9
_AMOUNT_WITH_CODE = re.compile(r"^(?P<amount>[\d.,\s]+?)\s*(?P<code>[A-Za-z]{3})$")
_WHOLE = re.compile(r"^-?\d{1,12}(\.0+)?$")


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


def amount(value: str, currency: str, name: str) -> int:
    """Minor units from `19.90`."""
    text(value, name, 40, required=True)
    try:
        money = parse_decimal(value.replace("\u00a0", "").replace(" ", ""), currency)
    except ValueError:
        raise BadRow(
            _("%(name)s “%(value)s” is not an amount of %(currency)s.")
            % {"name": name, "value": value[:40], "currency": currency}
        ) from None
    return _checked(money, name, value)


def amount_with_code(value: str, name: str) -> Money:
    """Money from `12.50 EUR`."""
    text(value, name, 40, required=True)
    found = _AMOUNT_WITH_CODE.match(value.strip())
    code = found["code"].upper() if found else ""
    if found is None or not is_currency(code):
        raise BadRow(
            _("%(name)s “%(value)s” is not an amount with a currency, like 12.50 EUR.")
            % {"name": name, "value": value[:40]}
        )
    return Money(amount(found["amount"].strip(), code, name), code)


def quantity(value: str, name: str) -> int | None:
    """Units on hand; None when the file does not say, 0 when the shop has oversold."""
    if not value:
        return None
    if not _WHOLE.match(value):
        raise BadRow(
            _("%(name)s “%(value)s” is not a whole number.") % {"name": name, "value": value[:40]}
        )
    return min(max(int(value.partition(".")[0]), 0), _QUANTITY_MAX)


def before(compare_at: int | None, price: int) -> int | None:
    """A price before only where it was higher: shops fill the column with the same price."""
    return compare_at if compare_at is not None and compare_at > price else None


def sku_of(reference: str, options: dict[str, str]) -> str:
    """A SKU for a variant that the shop gave none: the same each time the file is read."""
    parts = [reference, *(slugify(value, allow_unicode=True) for value in options.values())]
    return "-".join(part for part in parts if part)[:SKU_CHARS_MAX]


def last_of_path(value: str) -> str:
    """`Cosmetics` of `Health & Beauty > Cosmetics`."""
    return value.rpartition(">")[2].strip()[:CATEGORY_CHARS_MAX]


def _checked(money: Money, name: str, value: str) -> int:
    if not 0 <= money.amount <= _AMOUNT_MAX:
        raise BadRow(
            _("%(name)s “%(value)s” can't be a price.") % {"name": name, "value": value[:40]}
        )
    return money.amount
