"""Saved payment methods as their members recognise them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from showfloor.checkout.payment_models import SavedMethod
from showfloor.checkout.wire import SavedMethods, SavedMethodView

# Names as their owners write them, by the provider's word; other words are shown as they are.
_NAMES: Final[Mapping[str, str]] = {
    "amex": "American Express", "bancontact": "Bancontact", "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club", "discover": "Discover", "eftpos_au": "eftpos", "ideal": "iDEAL",
    "jcb": "JCB", "link": "Link", "mastercard": "Mastercard", "paypal": "PayPal",
    "revolut_pay": "Revolut Pay", "sepa_debit": "SEPA", "unionpay": "UnionPay", "visa": "Visa",
}  # fmt: skip


def view(rows: Iterable[SavedMethod], now: datetime) -> SavedMethods:
    """Return methods as the API answers them."""
    return {"methods": [_one(row, now) for row in rows]}


def _one(row: SavedMethod, now: datetime) -> SavedMethodView:
    has_expiry = row.exp_year > 0
    return {
        "id": row.pk,
        "brand": _NAMES.get(row.card_brand, row.card_brand.replace("_", " ").capitalize()),
        "last4": row.last4,
        "expires": f"{row.exp_month:02d}/{row.exp_year % 100:02d}" if has_expiry else "",
        # A card is good until the end of its month.
        "is_expired": has_expiry and (row.exp_year, row.exp_month) < (now.year, now.month),
    }
