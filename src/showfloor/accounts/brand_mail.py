"""Mails come from the brand: its name is the sender's, and its look is around the text.

The frame is `mail/frame.html`. A mail about an account is written once, as text; its HTML is made
from that text, so the two never say different things.
"""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language

from showfloor.accounts import mail_layout
from showfloor.accounts.models import Brand

INSTALLATION = "Showfloor"  # who writes where there is no brand yet
SIGNATURE = "\n-- \n"  # what follows it is the frame's business (RFC 3676, 4.3)
_CODE = re.compile(r"[A-Z0-9]{4,12}(-[A-Z0-9]{3,8})*")
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    kind: str  # "text", "code" or "link"
    text: str


def sender(brand: Brand | None) -> str:
    """`Maison <shows@example.org>`: the brand's name at the installation's address."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    shown = one_line(brand.name) if brand is not None else name or INSTALLATION
    return str(Address(display_name=shown, addr_spec=address))


def subject(brand: Brand | None, text: str) -> str:
    """With the brand's name before it, for mails whose own words do not name it."""
    return one_line(text if brand is None else f"{brand.name}: {text}")


def one_line(text: str) -> str:
    """A line break in a brand's name must not become another header."""
    return " ".join(text.split())


def html_of(brand: Brand | None, text: str, headline: str) -> str:
    """The plain text of a mail in the brand's frame."""
    body = text.partition(SIGNATURE)[0]
    context = {
        "brand": brand, "headline": headline, "paragraphs": paragraphs(body),
        "language": get_language() or settings.LANGUAGE_CODE,
    }  # fmt: skip
    return render_to_string("mail/plain.html", context)


def paragraphs(text: str) -> list[Paragraph]:
    """A code or a link that stands alone is for copying or for pressing."""
    found = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.strip()
        if _CODE.fullmatch(lines):
            found.append(Paragraph("code", lines))
        elif _LINK.fullmatch(lines):
            found.append(Paragraph("link", lines))
        elif lines:
            found.append(Paragraph("text", lines))
    return found


def compose(brand: Brand | None, headline: str, text: str, to: str) -> EmailMultiAlternatives:
    """A mail from the brand, in the language of now, as text and as HTML."""
    headline = one_line(headline)
    shown = mail_layout.in_text(brand.pk if brand is not None else None, text)
    message = EmailMultiAlternatives(headline, shown, sender(brand), [to])
    message.attach_alternative(html_of(brand, text, headline), "text/html")
    return message


def dress(message: EmailMessage, brand: Brand | None) -> None:
    """Let a mail of plain text, whose subject is its headline, come from the brand."""
    headline = one_line(str(message.subject))
    message.from_email, message.subject = sender(brand), subject(brand, headline)
    if isinstance(message, EmailMultiAlternatives) and not message.alternatives:
        message.attach_alternative(html_of(brand, str(message.body), headline), "text/html")
    if brand is not None:
        message.body = mail_layout.in_text(brand.pk, str(message.body))
