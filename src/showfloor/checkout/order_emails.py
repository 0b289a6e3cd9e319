"""What the mails about an order say, as text and as HTML."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from showfloor.accounts import brand_mail, brand_urls, time_zones
from showfloor.checkout import order_links
from showfloor.checkout.models import MailKind, Order, OrderLine, OutgoingMail
from showfloor.kernel.money import Money

_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "CHF": "CHF"}


@dataclass(frozen=True, slots=True)
class EmailContent:
    subject: str
    text: str
    html: str


def render(mail: OutgoingMail) -> EmailContent:
    """The letter in the order's language, with times in the brand's zone, which they name."""
    order = mail.order
    zone = time_zones.zone(order.brand.time_zone)
    with translation.override(order.language), timezone.override(zone):
        context = {"order": order, "brand": order.brand, "kind": mail.kind, **amounts(order)}
        context |= {"subject": brand_mail.one_line(_subject(mail)), "headline": _headline(mail)}
        context |= {"language": order.language, "order_url": order_links.url_of(order)}
        return EmailContent(
            context["subject"],
            render_to_string("checkout/mail/order.txt", context),
            render_to_string("checkout/mail/order.html", context),
        )


def money(amount: int, currency: str) -> str:
    """`€12.50` in English, `12,50 €` in other languages, as the shop's pages write it."""
    symbol = _SYMBOLS.get(currency, currency)
    number = formats.number_format(Decimal(Money(amount, currency).decimal), use_l10n=True)
    if not (translation.get_language() or "en").startswith("en"):
        return f"{number}\N{NO-BREAK SPACE}{symbol}"
    space = "" if len(symbol) == 1 else "\N{NO-BREAK SPACE}"
    return f"{symbol}{space}{number}"


def _subject(mail: OutgoingMail) -> str:
    names = {"brand": mail.order.brand.name, "number": mail.order.number}
    match mail.kind:
        case MailKind.ORDER_CONFIRMED:
            return _("Your order %(number)s at %(brand)s") % names
        case MailKind.ORDER_REFUNDED:
            return _("Sold out: your money for order %(number)s comes back") % names
        case _other:
            return _("Your order %(number)s was cancelled") % names


def _headline(mail: OutgoingMail) -> str:
    match mail.kind:
        case MailKind.ORDER_CONFIRMED:
            return _("Thank you for your order")
        case MailKind.ORDER_REFUNDED:
            return _("Sorry, it sold out while you were paying")
        case _other:
            return _("Your order was cancelled")


def amounts(order: Order) -> dict[str, Any]:
    """The order's lines and sums as text in the language of now."""
    rate = order.tax_rate_bp / 100
    return {
        "lines": [_line(line, order) for line in order.lines.all()],
        "subtotal": money(order.subtotal, order.currency),
        "shipping": money(order.shipping, order.currency),
        "tax": money(order.tax_included, order.currency),
        "tax_rate": formats.number_format(f"{rate:g}"),
        "total": money(order.total, order.currency),
    }


def _line(line: OrderLine, order: Order) -> dict[str, Any]:
    image = ""
    if line.image:
        image = brand_urls.absolute(order.brand, default_storage.url(line.image))
    return {
        "name": line.product_name,
        "options": " · ".join(str(value) for value in line.options.values()),
        "sku": line.sku,
        "quantity": line.quantity,
        "price": money(line.price, order.currency),
        "total": money(line.line_total, order.currency),
        "image": image,
    }
