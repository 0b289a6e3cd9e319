"""The port of payment providers: the calls that we make, and the reports that we take.

A report (`ProviderPayment`) says how an attempt stands, and lists captures, refunds and disputes,
each under the provider's own id. So a report that comes twice, late or before an earlier one adds
nothing wrong: `payment_ledger` joins reports in any order to the same amounts.
Stripe's PaymentIntents fit this as they are: docs/decisions/0023.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ProviderStatus(StrEnum):
    """The state of an attempt in the provider's own books. Refunds and disputes tell what happens
    to the money after its capture."""

    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    VOIDED = "voided"


class RefundState(StrEnum):
    PENDING = "pending"  # the provider has it, the buyer's bank not yet
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the money is back with us


class DisputeState(StrEnum):
    OPEN = "open"  # the buyer's bank took captured money back, for now
    LOST = "lost"
    WON = "won"


TEST = "test"  # the name of the provider that takes no money


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """A way to pay that the provider keeps for a buyer, under the provider's own names of both.
    What we know of it is what the buyer recognises it by; a card's number never reaches us."""

    customer: str
    reference: str
    brand: str  # the card's network as the provider writes it, or the kind of another way to pay
    last4: str = ""
    exp_month: int = 0  # 0: it does not expire
    exp_year: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An amount that we ask the provider to take, or have asked it to take."""

    payment_id: str  # our name for it, which comes back in every answer
    attempt_key: str  # the same key is the same attempt, however often it is sent
    amount: int  # minor units
    currency: str
    payment_method: str = ""  # the token that the buyer's browser got from the provider
    reference: str = ""  # the provider's own name for it; empty: not known yet
    return_url: str = ""  # where the buyer comes back to from the bank's page
    stored: StoredMethod | None = None  # pay with it; the buyer is here and can be asked back
    keeps: bool = False  # the buyer agreed that the provider keeps the method for later purchases
    customer: str = ""  # the provider's name of the buyer, for whom another method is kept already


@dataclass(frozen=True, slots=True)
class Capture:
    """Money that was taken. A payment may be captured in parts."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back. `key`: ours, of the request; empty for one made at the provider."""

    id: str
    amount: int
    state: RefundState
    key: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """Money that the buyer's bank wants back. `due_at`: the last moment to answer it."""

    id: str
    amount: int
    state: DisputeState
    due_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider knows it. Everything is checked against our attempt. `captures`
    empty at status `captured`: all of it, in one."""

    payment_id: str
    reference: str  # the provider's own name for it
    account: str  # the merchant account that the money goes to
    status: ProviderStatus
    amount: int
    currency: str
    decline_code: str = ""
    action: str = ""  # what the buyer's browser needs to go on, when `requires_action`
    captures: tuple[Capture, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    stored: StoredMethod | None = None  # kept with this payment, as the attempt asked for


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A signed notice. Its id is the same when the provider sends it again."""

    event_id: str
    kind: str
    payment: ProviderPayment


class BadSignature(Exception):
    """A webhook that the provider did not sign, or not lately."""


class BadWebhook(Exception):
    """A webhook that the provider signed and that nothing can be read from."""


class UnrelatedWebhook(Exception):
    """A webhook that the provider signed, about something that is no business of ours."""


class ProviderUnavailable(Exception):
    """The provider did not answer: did it act? Nobody knows. The same key may be sent again."""


class BadPaymentMethod(Exception):
    """The provider does not know this token, or it was used before."""


class RefundRefused(Exception):
    """The provider will not give this money back, however often it is asked."""


class PaymentProvider(Protocol):
    """An account at a provider. Every call has a time limit of its own and is idempotent by its
    key."""

    name: str
    account: str
    is_test: bool  # no money moves
    publishable_key: str  # the buyer's browser may know it; empty where it needs none
    tells_all: bool  # a notice says all that it is about: `verify_webhook` asks nobody

    def authorise(self, attempt: Attempt) -> ProviderPayment:
        """Reserve the money; a declined card is status `failed`, not an exception.
        BadPaymentMethod, ProviderUnavailable."""
        ...

    def fetch(self, attempt: Attempt) -> ProviderPayment | None:
        """Return an attempt as it is now; None for one never seen. ProviderUnavailable."""
        ...

    def void(self, attempt: Attempt) -> ProviderPayment:
        """Let reserved money go; what was captured meanwhile stays so. ProviderUnavailable."""
        ...

    def refund(self, attempt: Attempt, amount: int, reason: str, key: str) -> ProviderPayment:
        """Give captured money back, once for each key. RefundRefused, ProviderUnavailable."""
        ...

    def forget(self, method: StoredMethod, *, with_customer: bool) -> None:
        """Keep a method no longer, nor the buyer when it was the last one; nothing happens for one
        that is not kept. ProviderUnavailable."""
        ...

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> WebhookEvent:
        """The event that a request carries; BadSignature, BadWebhook, UnrelatedWebhook."""
        ...
