"""Counters of payments that somebody should look at, since this process began (`/healthz`)."""

from collections import Counter
from enum import StrEnum

from django.db import transaction


class PaymentFault(StrEnum):
    """Something that went wrong with money; each has a line in the log with the payment's id."""

    PAID_UNFULFILLABLE = "paid_unfulfillable"  # paid, but the goods are gone: refunded
    CAPTURED_TWICE = "captured_twice"
    MISMATCH = "mismatch"  # a report that does not match our attempt
    DISPUTED = "disputed"
    REFUND_FAILED = "refund_failed"


_counts: Counter[PaymentFault] = Counter()


def count(fault: PaymentFault) -> None:
    """Count a fault once the transaction that noticed it has committed."""
    transaction.on_commit(lambda: _counts.update([fault]))


def report() -> dict[str, int]:
    """Return the count of each fault."""
    return {fault.value: _counts[fault] for fault in PaymentFault}
