"""Stripe's error and decline codes, brought to our reasons (docs.stripe.com/declines/codes)."""

from collections.abc import Mapping
from typing import Any

from showfloor.checkout.declines import DeclineReason

_REASONS: Mapping[str, DeclineReason] = {
    "expired_card": DeclineReason.EXPIRED,
    "insufficient_funds": DeclineReason.FUNDS,
    "withdrawal_count_limit_exceeded": DeclineReason.FUNDS,
    "card_velocity_exceeded": DeclineReason.FUNDS,
    **dict.fromkeys(
        (
            "incorrect_number", "invalid_number", "incorrect_cvc", "invalid_cvc", "incorrect_zip",
            "incorrect_address", "invalid_expiry_month", "invalid_expiry_year",
        ),
        DeclineReason.CARD_DATA,
    ),
    **dict.fromkeys(
        (
            "authentication_required", "payment_intent_authentication_failure",
            "authentication_not_handled", "mobile_device_authentication_required",
        ),
        DeclineReason.AUTHENTICATION,
    ),
    **dict.fromkeys(
        (
            "processing_error", "issuer_not_available", "reenter_transaction", "try_again_later",
            "approve_with_id",
        ),
        DeclineReason.TRY_AGAIN,
    ),
    **dict.fromkeys(
        (
            "currency_not_supported", "card_not_supported", "amount_too_small", "amount_too_large",
            "invalid_amount", "payment_method_not_available", "transaction_not_allowed",
        ),
        DeclineReason.REFUSED,
    ),
}  # fmt: skip


def reason_of(error: Any) -> str:
    """Return our reason for a `last_payment_error`; the finer code counts first."""
    if isinstance(error, Mapping):
        for name in ("decline_code", "code"):
            reason = _REASONS.get(str(error.get(name)))
            if reason is not None:
                return reason.value
    return DeclineReason.CARD.value
