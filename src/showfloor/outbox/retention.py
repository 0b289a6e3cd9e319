"""Retention of messages and of answers to requests."""

from datetime import datetime

from showfloor.accounts.row_deletion import delete_some
from showfloor.kernel.retention import Keep
from showfloor.outbox.models import IdempotencyKey, MessageState, OutgoingMessage


def _forget_keys(before: datetime, limit: int) -> int:
    old = IdempotencyKey.objects.all_brands().filter(created_at__lt=before)
    return delete_some(old.order_by("created_at"), limit)


def _forget_messages(before: datetime, limit: int) -> int:
    """Delete messages that are done: the row that caused one still says what the message said."""
    rows = OutgoingMessage.objects.all_brands()
    done = rows.filter(state__in=[MessageState.SENT, MessageState.FAILED], due_at__lt=before)
    return delete_some(done.order_by("due_at"), limit)


KEPT = [
    Keep("idempotency_keys", 30, _forget_keys),
    Keep("mails", 180, _forget_messages),
]
