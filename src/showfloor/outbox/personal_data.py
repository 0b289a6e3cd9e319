"""Personal data of the outbox, and its erasure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from showfloor.accounts.row_deletion import delete_some
from showfloor.accounts.row_values import row_values
from showfloor.accounts.services import emails_of_member
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.retention import BATCH
from showfloor.kernel.slices import Erasure, PersonalColumns
from showfloor.outbox import idempotency
from showfloor.outbox.models import IdempotencyKey, MessageState, OutgoingMessage


def erase(order: Erasure) -> Mapping[str, int]:
    """Delete messages to the person's addresses, and answers that are kept for a repeated request:
    they repeat the name and the address."""
    answers = delete_answers(order.brand_id, order.subject)
    return {"answers": answers, "mails": _delete_to(order)}


def delete_answers(brand_id: str, owner: str) -> int:
    """Delete the answers that are kept for this person's requests; return how many."""
    rows = IdempotencyKey.objects.for_brand(brand_id)
    own = rows.filter(scope__endswith=idempotency.scope_of("", owner))
    found = 0
    while count := delete_some(own, BATCH):
        found += count
    return found


def delete_caused_by(brand_id: str, causes: Collection[str]) -> int:
    """Delete the messages that these rows caused; return how many."""
    return _delete(OutgoingMessage.objects.for_brand(brand_id).filter(cause__in=causes))


def _delete_to(order: Erasure) -> int:
    emails = emails_of_member(order.brand_id, order.subject)
    rows = OutgoingMessage.objects.all_brands().alias(lower_recipient=Lower("recipient"))
    here = Q(brand_id=order.brand_id) | Q(brand_id=None)
    return _delete(rows.filter(here, lower_recipient__in=emails)) if emails else 0


@verb
def _delete(rows: QuerySet[OutgoingMessage]) -> int:
    """The job that is sending a message writes its row afterwards: that one is left."""
    with write():
        ids = list(rows.exclude(state=MessageState.SENDING).values_list("pk", flat=True))
        OutgoingMessage.objects.all_brands().filter(pk__in=ids).delete()
    return len(ids)


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the mails to this person."""
    emails = emails_of_member(brand_id, subject)
    rows = OutgoingMessage.objects.for_brand(brand_id).alias(lower_recipient=Lower("recipient"))
    return {
        "mails": row_values(
            rows.filter(lower_recipient__in=emails), kind="kind", to="recipient",
            subject="subject", text="text", created_at="created_at", sent_at="sent_at",
        )
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "outbox.OutgoingMessage",
        ("recipient", "sender", "subject", "text", "html", "message_id", "last_error", "cause"),
        "to send mails about orders and accounts, and to see what was sent", "mails",
        "deleted; one that is just being sent stays until it is kept long enough",
    ),
    PersonalColumns(
        "outbox.IdempotencyKey", ("scope", "key", "body"),
        "to answer a repeated request as the first one", "idempotency_keys", "deleted",
    ),
)  # fmt: skip
