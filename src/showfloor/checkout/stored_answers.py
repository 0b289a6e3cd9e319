"""The stored answer to the beginning of a checkout, in short.

The countries that a brand sends to and the fields of an address follow from the rest of the answer.
They are two thirds of it and the same for everyone: kept in each row, they were half of what
PostgreSQL used for a checkout (measured: 60 of 100 µs, against 20). So they are put back when the
answer is given again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import get_language

from showfloor.accounts.languages import override_language
from showfloor.checkout import address_formats
from showfloor.checkout.services import shipping
from showfloor.checkout.wire import CheckoutView
from showfloor.outbox.idempotency import Reply

_FOLLOWING: Final = ("countries", "address_rows")
_MADE_FOR: Final = "made_for"  # the checkout's market, and the language of the answer


@dataclass(frozen=True, slots=True)
class _Sold:
    """The part of a checkout that its ways of sending depend on."""

    brand_id: str
    market: str
    currency: str
    needs_shipping: bool


def in_short(view: CheckoutView, market_id: str) -> Mapping[str, Any]:
    """Return the part of an answer, in the language of now, that is stored. `market_id`: of the
    checkout."""
    kept: dict[str, Any] = {name: part for name, part in view.items() if name not in _FOLLOWING}
    return {**kept, _MADE_FOR: {"market": market_id, "language": get_language() or ""}}


def whole(stored: Reply, brand_id: str) -> Reply:
    """Return the answer that was stored in short, whole again."""
    if stored.body.keys() >= set(_FOLLOWING):  # from before answers were kept in short
        return stored
    view = dict(stored.body)
    made_for = view.pop(_MADE_FOR)
    sold = _Sold(
        brand_id, made_for["market"], view["totals"]["currency"], view["needs_shipping"]
    )  # fmt: skip
    options = shipping.offered(sold)
    view["countries"] = sorted(shipping.countries(options, brand_id, sold.market))
    with override_language(made_for["language"]):
        view["address_rows"] = address_formats.rows_of(view["address"]["country"])
    return replace(stored, body=view)
