"""Stripe's signed notices, checked and read with care."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

from showfloor.checkout.ports import BadSignature, BadWebhook, UnrelatedWebhook
from showfloor.kernel.clock import to_epoch_ms

TOLERANCE_S = 300
_ABOUT_MONEY = ("payment_intent.", "charge.refund", "charge.dispute.", "refund.")


@dataclass(frozen=True, slots=True)
class Notice:
    """`reference`: the intent that it is about; `intent`: the intent itself, where it is told."""

    event_id: str
    kind: str
    reference: str
    intent: Mapping[str, Any] | None


def read(secrets: Sequence[str], header: str, body: bytes, now: datetime) -> Notice:
    """The notice; BadSignature, BadWebhook, UnrelatedWebhook."""
    _check(secrets, header, body, now)
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise BadWebhook("it is not JSON") from None
    kind, event_id = _text(told, "type"), _text(told, "id")
    if not kind.startswith(_ABOUT_MONEY):
        raise UnrelatedWebhook(kind)
    data = told.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict):
        raise BadWebhook("data.object is no object")
    if subject.get("object") == "payment_intent":
        return Notice(event_id, kind, _text(subject, "id"), subject)
    if not subject.get("payment_intent"):
        raise UnrelatedWebhook(f"{kind} without an intent")
    return Notice(event_id, kind, _text(subject, "payment_intent"), None)


def _check(secrets: Sequence[str], header: str, body: bytes, now: datetime) -> None:
    if not any(_is_signed(secret, header, body) for secret in secrets):
        raise BadSignature("signed with none of the account's secrets")
    stamp = dict(part.partition("=")[::2] for part in header.split(",")).get("t", "")
    if abs(to_epoch_ms(now) // 1000 - int(stamp)) > TOLERANCE_S:
        raise BadSignature("too old")


def _is_signed(secret: str, header: str, body: bytes) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
    except (stripe.SignatureVerificationError, ValueError, TypeError):
        return False
    return True


def _text(source: Any, name: str) -> str:
    value = source.get(name) if isinstance(source, dict) else None
    if not isinstance(value, str) or not 1 <= len(value) <= 120 or not value.isprintable():
        raise BadWebhook(f"{name} is no text of 1 to 120 characters")
    return value
