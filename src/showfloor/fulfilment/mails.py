"""Mails about what happens to an order after its payment: a parcel, its tracking, a refund."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import brand_mail, brand_urls, time_zones
from showfloor.accounts.models import Brand
from showfloor.catalogue import amounts
from showfloor.checkout import order_links, sample_orders
from showfloor.checkout.models import Order, OrderLine
from showfloor.checkout.order_emails import NAMES as ORDER_NAMES
from showfloor.checkout.order_emails import names_of
from showfloor.fulfilment import progress
from showfloor.fulfilment.models import (
    OrderEvent,
    OrderRefund,
    RefundLine,
    Shipment,
    ShipmentLine,
)
from showfloor.outbox import kinds
from showfloor.outbox import services as outbox
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import OutgoingMessage
from showfloor.outbox.wording import Wording, worded

NAMES: Final = (*ORDER_NAMES, "amount", "carrier", "tracking_number")

type Cause = Shipment | OrderRefund | OrderEvent


class MailKind(models.TextChoices):
    SHIPPED = "order-shipped", gettext_lazy("Parcel on its way")
    TRACKING = "order-tracking", gettext_lazy("Tracking corrected")
    REFUND = "order-money-back", gettext_lazy("Money goes back")
    NOTHING_BACK = "order-nothing-back", gettext_lazy("All is kept for a loss of value")
    DISPUTE = "dispute-warning", gettext_lazy("Warning of a dispute")


def register() -> None:
    """Tell the outbox what the mails of this room are called, and how they are rendered."""
    for kind in MailKind:
        if kind is MailKind.DISPUTE:  # to staff
            kinds.register(MessageKind(kind.value, kind.label, render))
            continue
        sample = partial(_sample, kind=kind)
        kinds.register(MessageKind(kind.value, kind.label, render, NAMES, sample))


def _sample(brand: Brand, language: str, *, kind: MailKind) -> Content:
    """Return the mail about an invented order: a parcel with all of it, or all of its money."""
    order = sample_orders.sample_order(brand, language)
    lines = [_line(line, line.quantity) for line in order.lines.all()]
    shipment = Shipment(
        order=order, number=1, carrier="DHL", tracking_number="00340434161094042557"
    )

    def about() -> dict[str, Any]:
        if kind is MailKind.REFUND:
            return {"amount": amounts.localised(order.total, order.currency), "lines": lines}
        if kind is MailKind.NOTHING_BACK:
            return {"amount": amounts.localised(0, order.currency), "lines": _all_kept(order)}
        return {"shipment": shipment, "lines": lines}

    return _render(order, kind, about)


def queue(
    order: Order, kind: MailKind, cause: Cause, now: datetime, due_at: datetime | None = None
) -> None:
    """Have a mail sent to the order's buyer, not before `due_at`. An order without an address gets
    none."""
    if order.email:
        outbox.queue_once(
            order.brand_id, kind.value, outbox.cause_of(cause), order.email, now, due_at
        )


def queue_for_staff(
    order: Order, kind: MailKind, cause: Cause, recipient: str, now: datetime
) -> None:
    """Have a mail sent to a member of staff."""
    outbox.queue_once(order.brand_id, kind.value, outbox.cause_of(cause), recipient, now)


def render(message: OutgoingMessage) -> Content:
    """Return the mail in the order's language, with times in the brand's zone."""
    brand_id, pk = message.brand_id or "", message.cause_id
    match MailKind(message.kind):
        case MailKind.SHIPPED:
            shipment = Shipment.objects.for_brand(brand_id).get(pk=pk)
            return _render(shipment.order, MailKind.SHIPPED, lambda: _parcel(shipment))
        case MailKind.TRACKING:
            event = OrderEvent.objects.for_brand(brand_id).get(pk=pk)
            corrected = Shipment.objects.for_brand(brand_id).get(pk=event.detail["shipment"])
            return _render(event.order, MailKind.TRACKING, lambda: _parcel(corrected))
        case MailKind.REFUND | MailKind.NOTHING_BACK as kind:
            refund = OrderRefund.objects.for_brand(brand_id).get(pk=pk)
            return _render(refund.order, kind, lambda: _money(refund))
        case MailKind.DISPUTE:
            return _warning(OrderEvent.objects.for_brand(brand_id).get(pk=pk))


def _render(order: Order, kind: MailKind, about: Any) -> Content:
    zone = time_zones.zone(order.brand.time_zone)
    with translation.override(order.language), timezone.override(zone):
        told = about()
        ours = Wording(_subject(order, kind), _headline(kind))
        values = names_of(order) | _parcel_names(told)
        words = worded(order.brand_id, kind.value, order.language, ours, values)
        context = {
            "order": order, "brand": order.brand, "kind": kind.value, "language": order.language,
            "subject": brand_mail.one_line(words.subject), "headline": words.headline,
            "lead": words.lead, "order_url": order_links.url_of(order), **told,
        }  # fmt: skip
        return Content(
            brand_mail.sender(order.brand),
            context["subject"],
            render_to_string("fulfilment/mail/news.txt", context),
            render_to_string("fulfilment/mail/news.html", context),
        )


def _warning(event: OrderEvent) -> Content:
    """Return a mail to staff, in the brand's language."""
    order, brand = event.order, event.order.brand
    zone = time_zones.zone(brand.time_zone)
    with translation.override(brand.language), timezone.override(zone):
        due = timezone.localtime(datetime.fromisoformat(event.detail["due"]))
        names = {
            "number": order.number, "by": formats.date_format(due, "DATETIME_FORMAT"),
            "amount": amounts.localised(event.detail["amount"], order.currency),
        }  # fmt: skip
        headline = _("Answer the dispute over order %(number)s by %(by)s") % names
        text = (
            _(
                "The buyer's bank disputes %(amount)s of order %(number)s. Answer at the payment "
                "provider by %(by)s; without an answer the money is lost."
            )
            % names
        )
        page = reverse("admin:checkout_order_change", args=[order.pk])
        text = f"{text}\n\n{brand_urls.absolute(brand, page)}\n"
        return Content(
            brand_mail.sender(brand),
            brand_mail.one_line(headline),
            text,
            brand_mail.html_of(brand, text, headline),
        )


def _parcel_names(told: Mapping[str, Any]) -> dict[str, str]:
    shipment = told.get("shipment")
    return {
        "amount": told.get("amount", ""),
        "carrier": shipment.carrier if shipment is not None else "",
        "tracking_number": shipment.tracking_number if shipment is not None else "",
    }


def _subject(order: Order, kind: MailKind) -> str:
    names = {"brand": order.brand.name, "number": order.number}
    match kind:
        case MailKind.SHIPPED:
            return _("Your order %(number)s from %(brand)s is on its way") % names
        case MailKind.TRACKING:
            return _("Corrected tracking of your order %(number)s") % names
        case MailKind.REFUND:
            return _("Money goes back for your order %(number)s") % names
        case MailKind.NOTHING_BACK:
            return _("What became of the goods you sent back (%(number)s)") % names
        case MailKind.DISPUTE:
            raise AssertionError("a mail to staff")


def _headline(kind: MailKind) -> str:
    match kind:
        case MailKind.SHIPPED:
            return _("Your parcel is on its way")
        case MailKind.TRACKING:
            return _("Your parcel has another tracking number")
        case MailKind.REFUND:
            return _("Your money is on its way back")
        case MailKind.NOTHING_BACK:
            return _("No money goes back")
        case MailKind.DISPUTE:
            raise AssertionError("a mail to staff")


def _parcel(shipment: Shipment) -> dict[str, Any]:
    lines = ShipmentLine.objects.for_brand(shipment.brand_id).filter(shipment=shipment)
    rows = lines.select_related("line").order_by("line__position")
    later = any(line.open for line in progress.lines_of(shipment.order))
    return {
        "shipment": shipment,
        "lines": [_line(row.line, row.quantity) for row in rows],
        "more_follows": later,
    }


def _money(refund: OrderRefund) -> dict[str, Any]:
    lines = RefundLine.objects.for_brand(refund.brand_id).filter(refund=refund)
    rows = lines.select_related("line").order_by("line__position")
    currency = refund.order.currency
    return {
        "amount": amounts.localised(refund.amount, currency),
        "shipping": amounts.localised(refund.shipping, currency) if refund.shipping else "",
        "lines": [_line(row.line, row.quantity) | _kept(row, currency) for row in rows],
    }


def _kept(row: RefundLine, currency: str) -> dict[str, str]:
    """Return what was kept of a line's money for a loss of value, and why."""
    if not row.deduction:
        return {}
    return {
        "kept": amounts.localised(row.deduction, currency), "kept_for": row.deduction_reason,
    }  # fmt: skip


def _all_kept(order: Order) -> list[dict[str, Any]]:
    kept = _("the seal was broken")
    return [
        _line(line, line.quantity)
        | {"kept": amounts.localised(line.line_total, order.currency), "kept_for": kept}
        for line in order.lines.all()
    ]


def _line(line: OrderLine, quantity: int) -> dict[str, Any]:
    return {
        "name": line.product_name,
        "options": " · ".join(str(value) for value in line.options.values()),
        "quantity": quantity,
    }
