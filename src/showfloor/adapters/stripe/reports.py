"""Stripe's objects, read as reports of a payment. A part that is missing or strange is
BadWebhook or no report: an object may come from another version of Stripe's API than ours."""

from collections.abc import Iterable, Mapping
from typing import Any

from showfloor.adapters.stripe.amounts import from_stripe
from showfloor.adapters.stripe.declines import reason_of
from showfloor.checkout.ports import (
    BadWebhook,
    Capture,
    Dispute,
    DisputeState,
    ProviderPayment,
    ProviderStatus,
    Refund,
    RefundState,
)
from showfloor.kernel.clock import from_epoch_ms

type Object = Mapping[str, Any]

# `requires_payment_method` and `requires_confirmation` come before any attempt, or after a failed
# one: the error tells.
_STATUS = {
    "requires_action": ProviderStatus.REQUIRES_ACTION,
    "processing": ProviderStatus.AUTHORIZED,
    "requires_capture": ProviderStatus.AUTHORIZED,
    "succeeded": ProviderStatus.CAPTURED,
    "canceled": ProviderStatus.VOIDED,
}
_REFUND = {
    "pending": RefundState.PENDING, "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED, "canceled": RefundState.FAILED,
}  # fmt: skip
_DISPUTE = {
    "needs_response": DisputeState.OPEN, "under_review": DisputeState.OPEN,
    "won": DisputeState.WON, "lost": DisputeState.LOST,
}  # fmt: skip
PAYMENT_ID, REFUND_KEY = "payment_id", "refund_key"  # in the metadata


def payment_id_of(intent: Object) -> str:
    """Return our name for the payment; empty for one that we did not make."""
    metadata = intent.get("metadata")
    found = metadata.get(PAYMENT_ID) if isinstance(metadata, Mapping) else None
    return found if isinstance(found, str) else ""


def report(
    intent: Object, account: str, *, is_test: bool, refunds: Iterable[Object] = (),
    disputes: Iterable[Object] = (),
) -> ProviderPayment | None:  # fmt: skip
    """Return what an intent and its refunds and disputes say; None for one that nobody has tried
    to pay."""
    status = _status(intent)
    if status is None:
        return None
    currency = _text(intent, "currency").upper()
    # The money that an intent has brought is one sum, under the intent's own id: its charges'
    # names differ between versions of the API, and money under two names would count twice.
    received = _whole(intent, "amount_received", 0)
    if status is ProviderStatus.CAPTURED and not received:
        received = _whole(intent, "amount")
    captured = from_stripe(received, currency)
    error = intent.get("last_payment_error")
    asks_back = status is ProviderStatus.REQUIRES_ACTION
    return ProviderPayment(
        payment_id=payment_id_of(intent),
        reference=_text(intent, "id"),
        # A key of the other mode can be used by mistake: its money is not this account's.
        account=account if intent.get("livemode") is not is_test else f"{account} (other mode)",
        status=status,
        amount=from_stripe(_whole(intent, "amount"), currency),
        currency=currency,
        decline_code=reason_of(error) if status is ProviderStatus.FAILED else "",
        action=_text(intent, "client_secret") if asks_back else "",
        captures=(Capture(_text(intent, "id"), captured),) if captured else (),
        refunds=tuple(_refund(one, currency) for one in refunds),
        disputes=tuple(found for one in disputes if (found := _dispute(one, currency))),
    )


def _status(intent: Object) -> ProviderStatus | None:
    told = _text(intent, "status")
    if told in _STATUS:
        return _STATUS[told]
    return ProviderStatus.FAILED if intent.get("last_payment_error") else None


def _refund(refund: Object, currency: str) -> Refund:
    metadata = refund.get("metadata")
    key = metadata.get(REFUND_KEY, "") if isinstance(metadata, Mapping) else ""
    state = _REFUND.get(str(refund.get("status")), RefundState.PENDING)
    amount = from_stripe(_whole(refund, "amount"), currency)
    return Refund(_text(refund, "id"), amount, state, str(key))


def _dispute(dispute: Object, currency: str) -> Dispute | None:
    """Return a dispute; None for an inquiry (`warning_…`), which takes no money."""
    state = _DISPUTE.get(str(dispute.get("status")))
    if state is None:
        return None
    evidence = dispute.get("evidence_details")
    due_s = evidence.get("due_by") if isinstance(evidence, Mapping) else None
    return Dispute(
        _text(dispute, "id"), from_stripe(_whole(dispute, "amount"), currency), state,
        from_epoch_ms(due_s * 1000) if isinstance(due_s, int) else None,
        str(dispute.get("reason", ""))[:40],
    )  # fmt: skip


def _text(source: Object, name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 500:
        raise BadWebhook(f"{name} is no text")
    return value


def _whole(source: Object, name: str, otherwise: int | None = None) -> int:
    value = source.get(name, otherwise)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise BadWebhook(f"{name} is no whole number of minor units")
    return value
