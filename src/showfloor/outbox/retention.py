"""Retention of messages and of answers to requests."""

from datetime import datetime

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.retention import Keep
from showfloor.outbox.models import IdempotencyKey, MessageState, OutgoingMessage


@verb
def _forget_keys(before: datetime, limit: int) -> int:
    with write():
        rows = IdempotencyKey.objects.all_brands()
        old = rows.filter(created_at__lt=before).order_by("created_at")
        ids = list(old.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids).delete()
    return len(ids)


@verb
def _forget_messages(before: datetime, limit: int) -> int:
    """Delete messages that are done: the row that caused one still says what the message said."""
    with write():
        rows = OutgoingMessage.objects.all_brands()
        done = rows.filter(state__in=[MessageState.SENT, MessageState.FAILED], due_at__lt=before)
        ids = list(done.order_by("due_at").values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids).delete()
    return len(ids)


KEPT = [
    Keep("idempotency_keys", 30, _forget_keys),
    Keep("mails", 180, _forget_messages),
]
