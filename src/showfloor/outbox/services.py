"""Messages that leave the installation: queued in the transaction of their cause, sent by a job.

A row is taken for sending by a compare-and-set with a lease, so two workers send one message once.
A process that dies while sending leaves the lease to run out; the message is sent again under the
same Message-ID, by which every mail server and reader knows it as the same one. So that few are,
the row is marked *sent* in a transaction that waits its turn like every other: outside of the turns
a busy shop kept it waiting for seconds.

The page that causes a mail never waits for a mail server, so its answer takes as long for an
address that has an account as for one that has none.
"""

import logging
import smtplib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.core.mail import EmailMessage
from django.db.models import F, Model, QuerySet
from django.db.models.functions import Lower
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from showfloor.accounts import batch_sql
from showfloor.accounts.scoping import BrandScoped
from showfloor.accounts.transactions import verb, write
from showfloor.kernel import batch_reads
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.kernel.pacer import Pacer
from showfloor.outbox import email_channel, kinds
from showfloor.outbox.models import Channel, MessageState, OutgoingMessage

log = logging.getLogger(__name__)

ACCOUNT_MAIL = "account"
SEND_BATCH = 20
LEASE = timedelta(seconds=60)  # longer than a mail server may take to answer
ATTEMPTS_MAX = 10
BACKOFF_S = (5, 15, 60, 300, 900, 3600)  # until the next attempt; the last one repeats
# A template or a header may raise these: it would again the next time, and holds up no other.
_UNRENDERABLE = (
    TemplateDoesNotExist, TemplateSyntaxError, ObjectDoesNotExist, ValueError, LookupError,
    TypeError, AttributeError, ArithmeticError,
)  # fmt: skip


def cause_of(row: Model) -> str:
    """Name a row as the cause of a message, for example `checkout.order:01J…`."""
    return f"{row._meta.label_lower}:{row.pk}"


def messages_about(row: BrandScoped) -> QuerySet[OutgoingMessage]:
    """Return the messages that a row causes, the first one first."""
    found = OutgoingMessage.objects.for_brand(row.owning_brand_id).filter(cause=cause_of(row))
    return found.order_by("created_at")


def messages_of(brand_id: str, causes: Collection[str]) -> QuerySet[OutgoingMessage]:
    """Return the messages of these causes, the first one first."""
    found = OutgoingMessage.objects.for_brand(brand_id).filter(cause__in=causes)
    return found.order_by("created_at")


def waiting(messages: QuerySet[OutgoingMessage]) -> QuerySet[OutgoingMessage]:
    """Return those of the messages that have not begun to leave."""
    return messages.filter(state=MessageState.QUEUED, attempts=0)


def count_to(brand_id: str, kind: str, recipient: str, since: datetime) -> int:
    """Return how many messages of a kind an address was to get since a moment."""
    rows = OutgoingMessage.objects.for_brand(brand_id).annotate(address=Lower("recipient"))
    return rows.filter(address=recipient.lower(), kind=kind, created_at__gte=since).count()


def take_back(brand_id: str, kind: str, cause: str) -> bool:
    """Delete a message that has not begun to leave; return whether there was one."""
    rows = OutgoingMessage.objects.for_brand(brand_id).filter(kind=kind, cause=cause)
    return bool(waiting(rows).delete()[0])


def queue_once(
    brand_id: str, kind: str, cause: str, recipient: str, now: datetime,
    due_at: datetime | None = None,
) -> None:  # fmt: skip
    """Have a message rendered and sent once the open transaction has committed, not before
    `due_at`: one of a kind for each cause."""
    pk = new_id()
    OutgoingMessage.objects.all_brands().get_or_create(
        cause=cause,
        kind=kind,
        defaults={
            "id": pk, "brand_id": brand_id, "recipient": recipient,
            "due_at": due_at or now,
            "created_at": now, "message_id": OutgoingMessage.message_id_of(pk),
        },
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Queued:
    """A message of a `kind` with a `cause`, as `cause_of` writes it."""

    kind: str
    cause: str
    recipient: str


def queue_many(cursor: Cursor, brand_id: str, queued: Sequence[Queued], now: datetime) -> None:
    """Do as `queue_once` does, for many messages in one statement."""
    rows = []
    for one in queued:
        pk = new_id()
        rows.append((
            pk, brand_id, Channel.EMAIL.value, one.kind, one.cause, one.recipient, "", "", "", "",
            OutgoingMessage.message_id_of(pk), False, MessageState.QUEUED.value, 0, now, "", now,
        ))  # fmt: skip
    batch_sql.insert(
        cursor, OutgoingMessage._meta.db_table, _COLUMNS, rows, "ON CONFLICT DO NOTHING"
    )


_COLUMNS: Final = {
    "id": "text", "brand_id": "text", "channel": "text", "kind": "text", "cause": "text",
    "recipient": "text", "sender": "text", "subject": "text", "text": "text", "html": "text",
    "message_id": "text", "is_transient": "boolean", "state": "text", "attempts": "integer",
    "due_at": "timestamptz", "last_error": "text", "created_at": "timestamptz",
}  # fmt: skip


@verb
def queue_email(message: EmailMessage) -> None:
    """Have a mail about an account sent, to each of its addresses, once the open transaction has
    committed. It is deleted when it is done, since it may hold a code."""
    now = utc_now()
    rich = [
        one.content for one in getattr(message, "alternatives", []) if one.mimetype == "text/html"
    ]
    with write():
        for address in message.to:
            pk = new_id()
            OutgoingMessage(
                id=pk, kind=ACCOUNT_MAIL, recipient=address, sender=message.from_email,
                subject=str(message.subject), text=str(message.body),
                html=str(rich[0]) if rich else "", is_transient=True, due_at=now, created_at=now,
                message_id=OutgoingMessage.message_id_of(pk),
            ).save(force_insert=True)  # fmt: skip


def send_due(now: datetime, pacer: Pacer | None = None) -> int:
    """Send what is due, at most two batches, those that a person waits for first; return how many
    were sent. With a `pacer`, the mails of a rush leave the processor to those who still buy."""
    with batch_reads.batch():
        return _send(_due(now), now, pacer)


def _send(due: Iterable[OutgoingMessage], now: datetime, pacer: Pacer | None) -> int:
    sent = 0
    for message in due:
        if not _take(message, now):
            continue
        try:
            _deliver(message, now, pacer)
        except (OSError, smtplib.SMTPException) as error:
            _failed(message, error, now)
            if not email_channel.refuses_this_mail(error):
                break  # the server is away: waiting for it once in a round is enough
        except _UNRENDERABLE as error:
            log.exception("message_unrenderable message=%s", message.pk)
            _failed(message, error, now, for_good=True)
        else:
            sent += 1
    return sent


def _due(now: datetime) -> Iterator[OutgoingMessage]:
    """A batch of each: thousands of order mails keep no log-in code waiting, and the other way
    round."""
    due = OutgoingMessage.objects.all_brands().filter(
        state__in=[MessageState.QUEUED, MessageState.SENDING], due_at__lte=now
    )
    for is_transient in (True, False):
        rows = due.filter(is_transient=is_transient).select_related("brand")
        yield from rows.order_by("due_at", "id")[:SEND_BATCH]


@verb
def _take(message: OutgoingMessage, now: datetime) -> bool:
    """Compare-and-set: return whether the message is ours to send."""
    rows = OutgoingMessage.objects.all_brands().filter(
        pk=message.pk, state=message.state, due_at=message.due_at
    )
    with write():
        return bool(
            rows.update(state=MessageState.SENDING, due_at=now + LEASE, attempts=F("attempts") + 1)
        )


def _deliver(message: OutgoingMessage, now: datetime, pacer: Pacer | None) -> None:
    if pacer is None or message.is_transient:  # a person waits for it
        content = kinds.content(message)
    else:
        content = pacer.run(partial(kinds.content, message))
    email_channel.send(message, content)
    if message.is_transient:
        _forget(message)
        return
    _mark(
        message, state=MessageState.SENT, sent_at=now, last_error="", sender=content.sender,
        subject=content.subject, text=content.text, html=content.html,
    )  # fmt: skip


def _failed(
    message: OutgoingMessage, error: Exception, now: datetime, *, for_good: bool = False
) -> None:
    attempts = message.attempts + 1
    wait_s = BACKOFF_S[min(attempts, len(BACKOFF_S)) - 1]
    last = for_good or attempts >= ATTEMPTS_MAX
    log.warning("message_failed message=%s attempt=%d error=%s", message.pk, attempts, error)
    if last and message.is_transient:
        _forget(message)
        return
    _mark(
        message,
        state=MessageState.FAILED if last else MessageState.QUEUED,
        due_at=now + timedelta(seconds=wait_s),
        last_error=str(error)[:300],
    )


@verb
def _mark(message: OutgoingMessage, **values: Any) -> None:
    """Write down what became of it, while it is still ours: no other worker has taken it over after
    our lease had run out."""
    with write():
        OutgoingMessage.objects.all_brands().filter(
            pk=message.pk, state=MessageState.SENDING, attempts=message.attempts + 1
        ).update(**values)


@verb
def _forget(message: OutgoingMessage) -> None:
    with write():
        OutgoingMessage.objects.all_brands().filter(pk=message.pk).delete()
