"""Mails about orders: when one is queued, and what it says as text and as HTML."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db import models
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import brand_mail, brand_urls, time_zones
from showfloor.accounts.countries import country_name
from showfloor.accounts.models import Brand
from showfloor.catalogue import amounts
from showfloor.checkout import order_links, sample_orders, withdrawal_exceptions
from showfloor.checkout.models import Order, OrderLine
from showfloor.outbox import kinds
from showfloor.outbox import services as outbox
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import OutgoingMessage
from showfloor.outbox.wording import Wording, worded
from showfloor.pricing.rules import AdjustmentKind, Exemption


class MailKind(models.TextChoices):
    ORDER_CONFIRMED = "order-confirmed", gettext_lazy("Order confirmation")
    ORDER_REFUNDED = "order-refunded", gettext_lazy("Sold out after all: money back")
    ORDER_CANCELLED = "order-cancelled", gettext_lazy("Order cancelled")


def register() -> None:
    """Tell the outbox what the mails of this room are called, and how they are rendered."""
    for kind in MailKind:
        sample = partial(_sample, kind=kind)
        kinds.register(MessageKind(kind.value, kind.label, render, NAMES, sample))


NAMES: Final = ("name", "brand", "number", "total", "show", "order_url")


def names_of(order: Order) -> dict[str, str]:
    """Return the values that a brand's own words may use, in the language of now."""
    return {
        "name": order.name, "brand": order.brand.name, "number": order.number,
        "total": amounts.localised(order.total, order.currency),
        "show": order.show.title if order.show is not None else "",
        "order_url": order_links.url_of(order),
    }  # fmt: skip


def _sample(brand: Brand, language: str, *, kind: MailKind) -> Content:
    return render_order(sample_orders.sample_order(brand, language), kind)


type Link = tuple[str, str]  # title and address

_links: list[Callable[[Order], Sequence[Link]]] = []


def add_links(links: Callable[[Order], Sequence[Link]]) -> None:
    """Let a room above this one add links to every mail about an order, for example its invoice."""
    _links.append(links)


def queue(order: Order, kind: MailKind, now: datetime) -> None:
    """Have a mail sent once the open transaction has committed: one of a kind for each order."""
    outbox.queue_once(order.brand_id, kind.value, outbox.cause_of(order), order.email, now)


def render(message: OutgoingMessage) -> Content:
    """Return the mail in the order's language, with times in the brand's zone, which they name."""
    orders = Order.objects.for_brand(message.brand_id or "").select_related("brand")
    return render_order(orders.get(pk=message.cause_id), MailKind(message.kind))


def render_order(order: Order, kind: MailKind) -> Content:
    zone = time_zones.zone(order.brand.time_zone)
    with translation.override(order.language), timezone.override(zone):
        context = {"order": order, "brand": order.brand, "kind": kind.value, **order_amounts(order)}
        ours = Wording(_subject(order, kind), _headline(kind))
        words = worded(order.brand_id, kind.value, order.language, ours, names_of(order))
        context |= {"subject": brand_mail.one_line(words.subject), "lead": words.lead}
        context |= {"headline": words.headline, "language": order.language}
        context |= {"order_url": order_links.url_of(order)}
        context |= {"links": [link for links in _links for link in links(order)]}
        return Content(
            brand_mail.sender(order.brand),
            context["subject"],
            render_to_string("checkout/mail/order.txt", context),
            render_to_string("checkout/mail/order.html", context),
        )


def _subject(order: Order, kind: MailKind) -> str:
    names = {"brand": order.brand.name, "number": order.number}
    match kind:
        case MailKind.ORDER_CONFIRMED:
            return _("Your order %(number)s at %(brand)s") % names
        case MailKind.ORDER_REFUNDED:
            return _("Sold out: your money for order %(number)s comes back") % names
        case _other:
            return _("Your order %(number)s was cancelled") % names


def _headline(kind: MailKind) -> str:
    match kind:
        case MailKind.ORDER_CONFIRMED:
            return _("Thank you for your order")
        case MailKind.ORDER_REFUNDED:
            return _("Sorry, it sold out while you were paying")
        case _other:
            return _("Your order was cancelled")


def order_amounts(order: Order) -> dict[str, Any]:
    """Return the order's lines and sums as text in the language of now: lines at list price, then
    what takes something off, then the tax of each rate."""
    lines = list(order.lines.all())
    return {
        "lines": [_line(line, order) for line in lines],
        "subtotal": amounts.localised(order.subtotal, order.currency),
        "reductions": list(_reductions(order, lines)),
        "shipping": amounts.localised(order.shipping, order.currency),
        "taxes": [_tax(row, order) for row in order.taxes],
        "total": amounts.localised(order.total, order.currency),
        "country": country_name(order.country),
    }


def _reductions(order: Order, lines: Sequence[OrderLine]) -> Iterator[dict[str, str]]:
    """Yield label and amount of each reason, added up over the lines and the shipping."""
    sums: dict[tuple[str, str], int] = {}
    for rows in (*(line.adjustments for line in lines), order.shipping_adjustments):
        for row in rows:
            reason = row["kind"], row["label"]
            sums[reason] = sums.get(reason, 0) + row["amount"]
    for (kind, label), amount in sums.items():
        text = _("Tax that does not apply") if kind == AdjustmentKind.TAX_RELIEF else label
        yield {"label": text, "amount": amounts.localised(amount, order.currency)}


def _tax(row: Mapping[str, Any], order: Order) -> dict[str, str]:
    rate = formats.number_format(f"{row['rate_bp'] / 100:g}")
    match row["exemption"]:
        case Exemption.REVERSE_CHARGE:
            label = _("The buyer owes the tax (reverse charge)")
        case Exemption.EXPORT:
            label = _("Without tax: export")
        case _none if order.tax_added:
            label = _("%(tax_rate)s %% tax on top") % {"tax_rate": rate}
        case _none:
            label = _("including %(tax_rate)s %% tax") % {"tax_rate": rate}
    return {"label": label, "amount": amounts.localised(row["tax"], order.currency)}


def _line(line: OrderLine, order: Order) -> dict[str, Any]:
    image = ""
    if line.image:
        image = brand_urls.absolute(order.brand, default_storage.url(line.image))
    return {
        "name": line.product_name,
        "options": " · ".join(str(value) for value in line.options.values()),
        "sku": line.sku,
        "quantity": line.quantity,
        "price": amounts.localised(line.price, order.currency),
        "total": amounts.localised(line.price * line.quantity, order.currency),
        "image": image,
        "note": withdrawal_exceptions.note(line.withdrawal_exception, order.consented_at),
    }
