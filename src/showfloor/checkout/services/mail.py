"""Mails about orders: queued in the transaction of their cause, sent by a job.

A row is taken for sending by a compare-and-set with a lease, so two workers send one mail once. A
process that dies while sending leaves the lease to run out; the mail is sent again under the same
Message-ID, by which every mail server and reader knows it as the same one. So that few are, the row
is marked *sent* in a transaction that waits its turn like every other: outside of the turns a busy
shop kept it waiting for seconds.
"""

import logging
import smtplib
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from showfloor.accounts import brand_mail
from showfloor.accounts.transactions import verb, write
from showfloor.checkout import order_emails
from showfloor.checkout.models import MailKind, MailState, Order, OutgoingMail

log = logging.getLogger(__name__)

SEND_BATCH = 20
LEASE = timedelta(seconds=60)  # longer than a mail server may take to answer
ATTEMPTS_MAX = 10
# What a template or a header may raise: it would again the next time, and holds up nobody else.
_UNWRITABLE = (
    TemplateDoesNotExist, TemplateSyntaxError, ValueError, LookupError, TypeError, AttributeError,
    ArithmeticError,
)  # fmt: skip
BACKOFF = (5, 15, 60, 300, 900, 3600)  # seconds until the next attempt; the last one repeats


def queue(order: Order, kind: MailKind, now: datetime) -> None:
    """Have a mail sent once the open transaction has committed: one of a kind per order."""
    OutgoingMail.objects.all_brands().get_or_create(
        order=order,
        kind=kind,
        defaults={
            "brand_id": order.brand_id, "to": order.email, "due_at": now, "created_at": now,
        },
    )  # fmt: skip


def send_due(now: datetime) -> int:
    """Send what is due, at most a batch; how many were sent."""
    due = OutgoingMail.objects.all_brands().filter(
        state__in=[MailState.QUEUED, MailState.SENDING], due_at__lte=now
    )
    sent = 0
    for mail in due.select_related("order__brand").order_by("due_at", "id")[:SEND_BATCH]:
        if not _take(mail, now):
            continue
        try:
            _deliver(mail, now)
        except (OSError, smtplib.SMTPException) as error:
            _failed(mail, error, now)
            if not _about_this_mail(error):
                break  # the server is away: waiting for it once in a round is enough
        except _UNWRITABLE as error:
            log.exception("mail_unwritable mail=%s", mail.pk)
            _failed(mail, error, now, for_good=True)
        else:
            sent += 1
    return sent


@verb
def _take(mail: OutgoingMail, now: datetime) -> bool:
    """Compare-and-set: whether it is ours to send."""
    rows = OutgoingMail.objects.for_brand(mail.brand_id).filter(
        pk=mail.pk, state=mail.state, due_at=mail.due_at
    )
    with write():
        return bool(
            rows.update(state=MailState.SENDING, due_at=now + LEASE, attempts=F("attempts") + 1)
        )


def _deliver(mail: OutgoingMail, now: datetime) -> None:
    content = order_emails.render(mail)
    message = EmailMultiAlternatives(
        subject=content.subject, body=content.text, to=[mail.to],
        from_email=brand_mail.sender(mail.order.brand),
        headers={"Message-ID": mail.message_id},
    )  # fmt: skip
    message.attach_alternative(content.html, "text/html")
    message.send()
    _mark(
        mail, state=MailState.SENT, sent_at=now, last_error="",
        subject=content.subject, text=content.text, html=content.html,
    )  # fmt: skip


def _about_this_mail(error: Exception) -> bool:
    """Whether the server answered and refused just this one."""
    return isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError))


def _failed(mail: OutgoingMail, error: Exception, now: datetime, *, for_good: bool = False) -> None:
    attempts = mail.attempts + 1
    wait_s = BACKOFF[min(attempts, len(BACKOFF)) - 1]
    last = for_good or attempts >= ATTEMPTS_MAX
    log.warning("mail_failed mail=%s attempt=%d error=%s", mail.pk, attempts, error)
    _mark(
        mail,
        state=MailState.FAILED if last else MailState.QUEUED,
        due_at=now + timedelta(seconds=wait_s),
        last_error=str(error)[:300],
    )


@verb
def _mark(mail: OutgoingMail, **values: Any) -> None:
    """Write down what became of it, while it is still ours: nobody took it over after our lease had
    run out."""
    rows = OutgoingMail.objects.for_brand(mail.brand_id)
    with write():
        rows.filter(pk=mail.pk, state=MailState.SENDING, attempts=mail.attempts + 1).update(
            **values
        )
