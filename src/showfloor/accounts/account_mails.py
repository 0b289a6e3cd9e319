"""Mails about accounts: codes, notices, invitations. Stored in the transaction of their cause, sent
by a job, and forgotten when they are sent.

The page that causes a mail never waits for a mail server, so its answer takes as long for an
address that has an account as for one that has none.

A row is taken for sending by a compare-and-set with a lease, so two workers send one mail once.
After a crash it is sent again under the same Message-ID.
"""

import logging
import smtplib
from datetime import datetime, timedelta
from email.utils import make_msgid

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db.models import F

from showfloor.accounts.models import AccountMail
from showfloor.kernel.clock import utc_now

log = logging.getLogger(__name__)

SEND_BATCH = 20
LEASE = timedelta(seconds=60)  # longer than a mail server may take to answer
ATTEMPTS_MAX = 8
BACKOFF_S = (5, 15, 60, 300, 900, 1800, 3600)  # until the next attempt; the last one repeats
_UNWRITABLE = (ValueError, LookupError, TypeError)  # would be raised the next time, too


def queue(message: EmailMessage) -> None:
    """Have the message sent once the open transaction has committed."""
    now = utc_now()
    html = ""
    for alternative in getattr(message, "alternatives", []):
        if alternative.mimetype == "text/html":
            html = str(alternative.content)
    AccountMail.objects.bulk_create(
        [
            AccountMail(
                to=address, sender=message.from_email, subject=str(message.subject),
                text=str(message.body), html=html, message_id=make_msgid(domain="showfloor"),
                due_at=now, created_at=now,
            )
            for address in message.to
        ]
    )  # fmt: skip


def send_due(now: datetime | None = None) -> int:
    """Send what is due, at most a batch; how many were sent."""
    moment = now or utc_now()
    sent = 0
    due = AccountMail.objects.filter(due_at__lte=moment).order_by("due_at", "pk")
    for mail in due[:SEND_BATCH]:
        if not _take(mail, moment):
            continue
        try:
            _deliver(mail)
        except (OSError, smtplib.SMTPException) as error:
            _failed(mail, error, moment)
            if not isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)):
                break  # the server is away: waiting for it once in a round is enough
        except _UNWRITABLE:
            log.exception("account_mail_unwritable mail=%s", mail.pk)
            AccountMail.objects.filter(pk=mail.pk).delete()
        else:
            AccountMail.objects.filter(pk=mail.pk).delete()
            sent += 1
    return sent


def _take(mail: AccountMail, now: datetime) -> bool:
    """Compare-and-set: whether it is ours to send."""
    rows = AccountMail.objects.filter(pk=mail.pk, due_at=mail.due_at, attempts=mail.attempts)
    return bool(rows.update(due_at=now + LEASE, attempts=F("attempts") + 1))


def _deliver(mail: AccountMail) -> None:
    message = EmailMultiAlternatives(
        mail.subject, mail.text, mail.sender, [mail.to], headers={"Message-ID": mail.message_id}
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()


def _failed(mail: AccountMail, error: Exception, now: datetime) -> None:
    attempts = mail.attempts + 1
    log.warning("account_mail_failed mail=%s attempt=%d error=%s", mail.pk, attempts, error)
    mine = AccountMail.objects.filter(pk=mail.pk, attempts=attempts)
    if attempts >= ATTEMPTS_MAX:
        mine.delete()
    else:
        wait_s = BACKOFF_S[min(attempts, len(BACKOFF_S)) - 1]
        mine.update(due_at=now + timedelta(seconds=wait_s))
