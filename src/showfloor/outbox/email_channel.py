"""Sending one message as an e-mail."""

import smtplib
from email.utils import format_datetime

from django.core.mail import EmailMultiAlternatives

from showfloor.outbox.kinds import Content
from showfloor.outbox.models import OutgoingMessage


def send(message: OutgoingMessage, content: Content) -> None:
    """Hand the mail to the mail server; OSError, SMTPException."""
    mail = EmailMultiAlternatives(
        subject=content.subject, body=content.text, to=[message.recipient],
        from_email=content.sender,
        headers={
            # The time of its cause: a second attempt is the same mail (RFC 5322, 3.6.1).
            "Date": format_datetime(message.created_at), "Message-ID": message.message_id,
        },
    )  # fmt: skip
    if content.html:
        mail.attach_alternative(content.html, "text/html")
    mail.send()


def refuses_this_mail(error: Exception) -> bool:
    """Return whether the server answered and refused just this mail; otherwise it is away."""
    return isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError))
