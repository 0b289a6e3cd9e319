"""The port of payment providers. Stripe's PaymentIntents fit this as they are:
`authorise` is create-and-confirm with our payment's id in the metadata and the attempt key as
idempotency key, `requires_action` carries the client secret, and money is captured by webhook."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ProviderStatus(StrEnum):
    """The state of a payment in the provider's own books."""

    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    VOIDED = "voided"
    DISPUTED = "disputed"  # the buyer's bank took captured money back, for now
    REFUNDED = "refunded"


TEST = "test"  # the name of the provider that takes no money


@dataclass(frozen=True, slots=True)
class Attempt:
    """An amount that we ask the provider to take."""

    payment_id: str  # our name for it, which comes back in every answer
    attempt_key: str  # the same key is the same attempt, however often it is sent
    amount: int  # minor units
    currency: str
    payment_method: str  # the token that the buyer's browser got from the provider


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider knows it. Everything is checked against our attempt."""

    payment_id: str
    reference: str  # the provider's own name for it
    account: str  # the merchant account that the money goes to
    status: ProviderStatus
    amount: int
    currency: str
    decline_code: str = ""
    action: str = ""  # what the buyer's browser needs to go on, when `requires_action`


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


class PaymentProvider(Protocol):
    """Every call has a time limit of its own and is idempotent by its key."""

    @property
    def name(self) -> str: ...
    @property
    def account(self) -> str: ...

    def authorise(self, attempt: Attempt) -> ProviderPayment:
        """Reserve the money; a declined card is status `failed`, not an exception.
        BadPaymentMethod, ProviderUnavailable."""
        ...

    def fetch(self, attempt_key: str) -> ProviderPayment | None:
        """Return an attempt as it is now; None for one never seen. ProviderUnavailable."""
        ...

    def void(self, attempt_key: str) -> ProviderPayment:
        """Let reserved money go; what was captured meanwhile stays so. ProviderUnavailable."""
        ...

    def refund(self, attempt_key: str) -> ProviderPayment:
        """Give captured money back in full. ProviderUnavailable."""
        ...

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> WebhookEvent:
        """The event that a request carries; BadSignature, BadWebhook, UnrelatedWebhook."""
        ...
