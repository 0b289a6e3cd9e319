"""A signed notice, read with care: who can sign may still send something else than we expect."""

import json
from collections.abc import Mapping
from typing import Any

from showfloor.checkout.ports import (
    BadWebhook,
    ProviderPayment,
    ProviderStatus,
    UnrelatedWebhook,
    WebhookEvent,
)

_CHARS_MAX = 120
_AMOUNT_MAX = 2**53


def read(body: bytes) -> WebhookEvent:
    """The event; BadWebhook names what is wrong, UnrelatedWebhook what it is about instead."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise BadWebhook("it is not JSON") from None
    told = _object(told, "the notice")
    kind = _text(told, "type", 40)
    payment = _object(told.get("payment"), "payment")
    status = _text(payment, "status", 40)
    if status not in set(ProviderStatus):
        raise UnrelatedWebhook(f"status {status}")
    return WebhookEvent(
        _text(told, "id"),
        kind,
        ProviderPayment(
            _text(payment, "payment_id"), _text(payment, "reference"), _text(told, "account"),
            ProviderStatus(status), _amount(payment), _text(payment, "currency", 3),
        ),
    )  # fmt: skip


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadWebhook(f"{name} is no object")
    return value


def _text(told: Mapping[str, Any], name: str, most: int = _CHARS_MAX) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
        raise BadWebhook(f"{name} is no text of 1 to {most} characters")
    return value


def _amount(payment: Mapping[str, Any]) -> int:
    value = payment.get("amount")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _AMOUNT_MAX:
        raise BadWebhook("amount is no whole number of minor units")
    return value
