"""The port of a provider's books: movements of money and payouts. Smaller than the one of payments,
since a provider may be asked for money without telling its books."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


class BalanceKind(StrEnum):
    """The reason for which money moved at the provider."""

    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"  # negative: taken; positive: given back
    OTHER = "other"  # fees of the account, corrections


@dataclass(frozen=True, slots=True)
class BalanceMovement:
    """One movement. `amount`: positive into the account; `fee`: what the provider keeps of it;
    `reference`: its name of our payment."""

    id: str
    kind: BalanceKind
    amount: int
    fee: int
    currency: str
    at: datetime
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ProviderPayout:
    """Money sent to the bank. `state`: the provider's own word."""

    id: str
    amount: int
    currency: str
    state: str
    at: datetime


@runtime_checkable
class PayoutBooks(Protocol):
    """Books of one account. Each call is bounded; ProviderUnavailable."""

    def movements(self, since: datetime) -> Iterator[BalanceMovement]:
        """Yield the movements from a moment on, payouts left out."""
        ...

    def payouts(self, since: datetime) -> Iterator[ProviderPayout]:
        """Yield the payouts from a moment on."""
        ...

    def movements_of(self, payout_id: str) -> Iterator[str]:
        """Yield the ids of the movements that a payout consists of."""
        ...
