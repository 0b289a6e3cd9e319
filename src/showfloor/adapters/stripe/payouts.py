"""Books of a Stripe account: balance transactions and payouts, read with Stripe's own library.

A balance transaction names a charge, a refund or a dispute; each of them is asked for along with it
(`expand`), because only they name the PaymentIntent by which we know a payment.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import stripe

from showfloor.adapters.stripe.amounts import from_stripe
from showfloor.checkout.ports import ProviderUnavailable
from showfloor.fulfilment.daily_close.payout_ports import (
    BalanceKind,
    BalanceMovement,
    ProviderPayout,
)
from showfloor.kernel.clock import from_epoch_ms

PAGE: Final = 100
_KINDS: Final[Mapping[str, BalanceKind]] = {
    "charge": BalanceKind.CHARGE, "payment": BalanceKind.CHARGE, "refund": BalanceKind.REFUND,
    "payment_refund": BalanceKind.REFUND, "refund_failure": BalanceKind.REFUND,
    "payment_failure_refund": BalanceKind.REFUND,
}  # fmt: skip
_PAYOUTS: Final = {"payout", "payout_cancel", "payout_failure"}


class StripeBooks:
    """`payout_ports.PayoutBooks` over Stripe's API."""

    _api: Any

    def movements(self, since: datetime) -> Iterator[BalanceMovement]:
        """Yield the movements from a moment on."""
        asked = {"created": {"gte": int(since.timestamp())}, "expand": ["data.source"]}
        for row in self._all(self._api.balance_transactions, asked):
            if row["type"] not in _PAYOUTS:
                yield _movement(row)

    def payouts(self, since: datetime) -> Iterator[ProviderPayout]:
        """Yield the payouts from a moment on."""
        for row in self._all(self._api.payouts, {"created": {"gte": int(since.timestamp())}}):
            currency = str(row["currency"]).upper()
            yield ProviderPayout(
                row["id"], from_stripe(row["amount"], currency), currency, row["status"],
                from_epoch_ms(row["created"] * 1000),
            )  # fmt: skip

    def movements_of(self, payout_id: str) -> Iterator[str]:
        """Yield the ids of the balance transactions of an automatic payout."""
        for row in self._all(self._api.balance_transactions, {"payout": payout_id}):
            if row["type"] not in _PAYOUTS:
                yield row["id"]

    def _all(self, service: Any, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield all objects of a list, a page at a time; the caller bounds them."""
        last: dict[str, str] = {}
        while True:
            try:
                page = service.list({**asked, "limit": PAGE, **last}).to_dict()
            except stripe.StripeError as error:
                raise ProviderUnavailable(type(error).__name__) from None
            yield from page["data"]
            if not page["has_more"] or not page["data"]:
                return
            last = {"starting_after": page["data"][-1]["id"]}


def _movement(row: Mapping[str, Any]) -> BalanceMovement:
    currency = str(row["currency"]).upper()
    source = row.get("source")
    source = source if isinstance(source, Mapping) else {}
    kind = _KINDS.get(row["type"], BalanceKind.OTHER)
    if row["type"] == "adjustment" and source.get("object") == "dispute":
        kind = BalanceKind.DISPUTE
    intent = source.get("payment_intent")
    reference = intent["id"] if isinstance(intent, Mapping) else intent
    return BalanceMovement(
        row["id"], kind, _signed(row["amount"], currency), _signed(row["fee"], currency), currency,
        from_epoch_ms(row["created"] * 1000), reference or "",
    )  # fmt: skip


def _signed(amount: int, currency: str) -> int:
    return from_stripe(amount, currency) if amount >= 0 else -from_stripe(-amount, currency)
