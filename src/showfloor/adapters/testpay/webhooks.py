"""Signed notices of the test provider: their text, which is written here and read with care. A
sender who can sign may still send something else than we expect."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from showfloor.checkout.ports import (
    BadWebhook,
    Capture,
    Dispute,
    DisputeState,
    ProviderPayment,
    ProviderStatus,
    Refund,
    RefundState,
    StoredMethod,
    UnrelatedWebhook,
    WebhookEvent,
)
from showfloor.kernel.clock import parse_iso

_CHARS_MAX = 120
_AMOUNT_MAX = 2**53
_FACTS_MAX = 50
# A status of the whole payment, and the facts that it is short for.
_SHORT = {
    "refunded": {"refunds": [{"id": "all", "state": "succeeded", "key": "all"}]},
    "disputed": {"disputes": [{"id": "all", "state": "open"}]},
}


def write(event_id: str, kind: str, created_ms: int, told: ProviderPayment) -> str:
    """Return the text of a notice."""
    return json.dumps({
        "id": event_id, "type": kind, "account": told.account, "created_ms": created_ms,
        "payment": {
            "payment_id": told.payment_id, "reference": told.reference,
            "status": told.status.value, "amount": told.amount, "currency": told.currency,
            "refunds": [
                {"id": one.id, "amount": one.amount, "state": one.state.value, "key": one.key}
                for one in told.refunds
            ],
            **({"stored": asdict(told.stored)} if told.stored is not None else {}),
        },
    })  # fmt: skip


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
    if status in _SHORT:
        payment = {**_SHORT[status], **payment, "status": "captured"}
    elif status not in set(ProviderStatus):
        raise UnrelatedWebhook(f"status {status}")
    amount = _amount(payment)
    return WebhookEvent(
        _text(told, "id"),
        kind,
        ProviderPayment(
            _text(payment, "payment_id"), _text(payment, "reference"), _text(told, "account"),
            ProviderStatus(payment["status"]), amount, _text(payment, "currency", 3),
            captures=_facts(payment, "captures", lambda one: Capture(
                _text(one, "id"), _amount({"amount": amount, **one})
            )),
            refunds=_facts(payment, "refunds", lambda one: Refund(
                _text(one, "id"), _amount({"amount": amount, **one}),
                _state(RefundState, one), _text({"key": "-", **one}, "key"),
            )),
            disputes=_facts(payment, "disputes", lambda one: Dispute(
                _text(one, "id"), _amount({"amount": amount, **one}),
                _state(DisputeState, one), _moment(one), str(one.get("reason", ""))[:40],
            )),
            stored=_stored(payment),
        ),
    )  # fmt: skip


def _facts[T](
    payment: Mapping[str, Any], name: str, make: Callable[[Mapping[str, Any]], T]
) -> tuple[T, ...]:
    told = payment.get(name, [])
    if not isinstance(told, list) or len(told) > _FACTS_MAX:
        raise BadWebhook(f"{name} is no list of at most {_FACTS_MAX}")
    return tuple(make(_object(one, f"a part of {name}")) for one in told)


def _stored(payment: Mapping[str, Any]) -> StoredMethod | None:
    if payment.get("stored") is None:
        return None
    told = _object(payment["stored"], "stored")
    month, year = told.get("exp_month"), told.get("exp_year")
    if not isinstance(month, int) or not isinstance(year, int):
        raise BadWebhook("stored has no expiry")
    return StoredMethod(
        _text(told, "customer"), _text(told, "reference"), _text(told, "brand", 30),
        _text(told, "last4", 4), month, year,
    )  # fmt: skip


def _state[S: (RefundState, DisputeState)](states: type[S], one: Mapping[str, Any]) -> S:
    try:
        return states(_text(one, "state", 20))
    except ValueError:
        raise BadWebhook("state is none that is known") from None


def _moment(one: Mapping[str, Any]) -> datetime | None:
    if one.get("due_at") is None:
        return None
    try:
        return parse_iso(_text(one, "due_at", 40))
    except ValueError:
        raise BadWebhook("due_at is no moment") from None


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
