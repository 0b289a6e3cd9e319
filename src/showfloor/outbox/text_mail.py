"""Mails whose words are written once, as text; the HTML is made from them."""

from collections.abc import Sequence

from showfloor.accounts import brand_mail, brand_urls
from showfloor.accounts.models import Brand
from showfloor.outbox.kinds import Content


def content(brand: Brand, subject: str, parts: Sequence[str], headline: str = "") -> Content:
    """Return a mail from the brand in the language of now; empty parts are left out. Without a
    headline the subject is it."""
    subject, headline = brand_mail.one_line(subject), brand_mail.one_line(headline or subject)
    text = "\n\n".join(part for part in parts if part)
    html = brand_mail.html_of(brand, text, headline)
    signed = f"{text}\n{brand_mail.SIGNATURE}{brand.name}\n{brand_urls.home(brand)}\n"
    return Content(brand_mail.sender(brand), subject, signed, html)
