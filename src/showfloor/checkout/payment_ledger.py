"""The amounts and the state that the events of a payment add up to.

Everything here is pure. Each fact has an identity and a rank, and a fact of a higher rank takes the
place of a lower one. So the same facts give the same result in any order and however often they
come, and what goes back is never counted higher than what was taken.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from showfloor.checkout.ports import (
    Capture,
    Dispute,
    DisputeState,
    ProviderPayment,
    ProviderStatus,
    Refund,
    RefundState,
)
from showfloor.kernel.clock import iso_ms

type Event = tuple[str, Mapping[str, Any]]  # kind and detail of a row

# An attempt only moves up. Money that was taken is a fact beside it, which beats `failed` and
# `voided`, whatever we had concluded before.
_RANK: Mapping[str, int] = {
    "created": 0, "requires_action": 1, "authorized": 2, "failed": 3, "voided": 4,
}  # fmt: skip
_OVER = ("failed", "voided")
_ALL = "all"  # the id of a capture or refund of everything in one
_REFUND_KINDS = {
    "refund_pending": RefundState.PENDING, "refunded": RefundState.SUCCEEDED,
    "refund_failed": RefundState.FAILED,
}  # fmt: skip
_DISPUTE_KINDS = {
    "disputed": DisputeState.OPEN, "dispute_lost": DisputeState.LOST,
    "dispute_won": DisputeState.WON,
}  # fmt: skip
_REFUND_KIND = {state: kind for kind, state in _REFUND_KINDS.items()}
_DISPUTE_KIND = {state: kind for kind, state in _DISPUTE_KINDS.items()}
_REFUND_RANK = list(RefundState)
_DISPUTE_RANK = list(DisputeState)


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A refund that we have decided, and that the provider is asked for."""

    key: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The facts that are known of a payment over `amount`, in minor units."""

    amount: int
    status: str = "created"  # of the attempt
    captures: Mapping[str, Capture] = field(default_factory=dict)
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    disputes: Mapping[str, Dispute] = field(default_factory=dict)
    requests: Mapping[str, RefundRequest] = field(default_factory=dict)

    @property
    def captured(self) -> int:
        return sum(one.amount for one in self.captures.values())

    @property
    def is_paid(self) -> bool:
        return bool(self.captures) and self.captured >= self.amount

    @property
    def refunded(self) -> int:
        """The money that went back, or is on its way."""
        back = sum(one.amount for one in self.refunds.values() if one.state != RefundState.FAILED)
        return min(back, self.captured)

    @property
    def disputed(self) -> int:
        """The money that the bank holds back or has taken for good, beside the refunds."""
        taken = sum(one.amount for one in self.disputes.values() if one.state != DisputeState.WON)
        return min(taken, self.captured - self.refunded)

    @property
    def due(self) -> list[RefundRequest]:
        """The requests that the provider has not answered."""
        if not self.captures and self.status in _OVER:
            return []
        answered = {one.key for one in self.refunds.values()}
        return [one for key, one in sorted(self.requests.items()) if key not in answered]

    @property
    def refundable(self) -> int:
        """The money that can still be sent back: captured, or reserved and to be let go."""
        reserved = self.amount if self.status == "authorized" else 0
        asked = sum(one.amount for one in self.due)
        return max(0, max(self.captured, reserved) - self.refunded - self.disputed - asked)

    @property
    def due_at(self) -> datetime | None:
        """The first moment by which an open dispute is to be answered."""
        return min((one.due_at for one in self._open() if one.due_at is not None), default=None)

    @property
    def state(self) -> str:
        """The state of the payment, as `PaymentState` has it."""
        if not self.is_paid and not (self.captured and self.status in _OVER):
            return "authorized" if self.captures else self.status
        back = self.refunded + self.disputed
        if any(self._open()) and self.refunded < self.captured:
            return "disputed"
        if back and back >= self.captured:
            return "refunded"
        if back:
            return "partially_refunded"
        return "captured" if self.is_paid else self.status

    def _open(self) -> Iterator[Dispute]:
        return (one for one in self.disputes.values() if one.state == DisputeState.OPEN)

    def after(self, event: Event) -> "Ledger":
        """Return the ledger with one more event; the same one for an event that is no news."""
        kind, detail = event
        if kind in _RANK:
            return replace(self, status=max(self.status, kind, key=_RANK.__getitem__))
        if kind == "captured":
            capture = Capture(detail.get("id", _ALL), detail.get("amount", self.amount))
            known = self.captures.get(capture.id, capture)
            best = max(known, capture, key=lambda one: one.amount)
            return replace(self, captures={**self.captures, capture.id: best})
        if kind in _REFUND_KINDS:
            return self._with_refund(_refund(kind, detail, self.amount))
        if kind in _DISPUTE_KINDS:
            return self._with_dispute(_dispute(kind, detail, self.amount))
        if kind == "refund_due":
            request = RefundRequest(
                detail.get("key", _ALL), detail.get("amount", self.amount), detail.get("why", "")
            )
            known_request = self.requests.get(request.key, request)
            best_request = max(known_request, request, key=lambda one: (one.amount, one.reason))
            return replace(self, requests={**self.requests, request.key: best_request})
        return self

    def _with_refund(self, refund: Refund) -> "Ledger":
        def rank(one: Refund) -> tuple[int, int, str]:
            return _REFUND_RANK.index(one.state), one.amount, one.key

        best = max(self.refunds.get(refund.id, refund), refund, key=rank)
        return replace(self, refunds={**self.refunds, refund.id: best})

    def _with_dispute(self, dispute: Dispute) -> "Ledger":
        def rank(one: Dispute) -> tuple[int, int, str, str]:
            due = iso_ms(one.due_at) if one.due_at is not None else ""
            return _DISPUTE_RANK.index(one.state), one.amount, due, one.reason

        best = max(self.disputes.get(dispute.id, dispute), dispute, key=rank)
        return replace(self, disputes={**self.disputes, dispute.id: best})


_COUNTING = (
    "disputed", "partially_refunded", "captured", "authorized", "refunded", "voided",
)  # fmt: skip


def counting(states: Iterable[str]) -> str:
    """Return the state of the attempt that counts for an order, of its attempts' in their order:
    the one that brought money, else the last."""
    found = list(states)
    return next((state for state in _COUNTING if state in found), found[-1] if found else "")


def add_up(amount: int, events: Iterable[Event]) -> Ledger:
    """Return the ledger of these events."""
    ledger = Ledger(amount)
    for event in events:
        ledger = ledger.after(event)
    return ledger


def news(known: Ledger, told: ProviderPayment) -> list[Event]:
    """Return the events, in their order, by which a report says more than is known."""
    found = []
    ledger = known
    for event in _events(told):
        if ledger.is_paid and event[0] in _RANK:
            continue  # how an attempt stood before it brought its money
        after = ledger.after(event)
        if after != ledger:
            found.append(event)
            ledger = after
    return found


def _events(told: ProviderPayment) -> Iterator[Event]:
    if told.status is not ProviderStatus.CAPTURED:
        yield told.status.value, {"decline_code": told.decline_code}
    captures = told.captures
    if told.status is ProviderStatus.CAPTURED and not captures:
        captures = (Capture(_ALL, told.amount),)
    for capture in captures:
        yield "captured", {"id": capture.id, "amount": capture.amount}
    for refund in told.refunds:
        detail = {"id": refund.id, "amount": refund.amount, "key": refund.key}
        yield _REFUND_KIND[refund.state], detail
    for dispute in told.disputes:
        due = iso_ms(dispute.due_at) if dispute.due_at is not None else None
        yield _DISPUTE_KIND[dispute.state], {
            "id": dispute.id, "amount": dispute.amount, "due_at": due, "reason": dispute.reason,
        }  # fmt: skip


def _refund(kind: str, detail: Mapping[str, Any], amount: int) -> Refund:
    return Refund(
        detail.get("id", _ALL), detail.get("amount", amount), _REFUND_KINDS[kind],
        detail.get("key", _ALL),
    )  # fmt: skip


def _dispute(kind: str, detail: Mapping[str, Any], amount: int) -> Dispute:
    due = detail.get("due_at")
    return Dispute(
        detail.get("id", _ALL), detail.get("amount", amount), _DISPUTE_KINDS[kind],
        datetime.fromisoformat(due) if due else None, detail.get("reason", ""),
    )  # fmt: skip
