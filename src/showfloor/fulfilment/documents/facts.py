"""The facts that a document states, read once from the order and frozen with the document.

The result is JSON, so that a document can be drawn again years later from its own row, whatever
has become of brand, catalogue and order.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts import time_zones
from showfloor.checkout.models import Order
from showfloor.fulfilment.documents import rules
from showfloor.fulfilment.documents.models import Document, DocumentKind
from showfloor.fulfilment.documents.rules import Content, ReturnedGoods, SoldLine, SoldOrder
from showfloor.fulfilment.models import OrderRefund, RefundLine
from showfloor.legal.models import SellerProfile

_PARTY = ("line1", "line2", "postal_code", "city", "country")
_SELLER = ("tax_number", "email", "phone", "exempt_note")


def sold(order: Order) -> SoldOrder:
    """Return the amounts of an order as its document needs them."""
    taxes = order.taxes or [
        {"rate_bp": 0, "net": order.total - order.tax_included, "tax": order.tax_included,
         "exemption": ""}
    ]  # fmt: skip
    return SoldOrder(
        lines=[
            SoldLine(
                line.sku, line.product_name,
                " · ".join(str(value) for value in line.options.values()), line.quantity,
                line.price * line.quantity, line.adjustments, line.tax_rate_bp,
            )
            for line in order.lines.all()
        ],
        shipping=order.shipping, shipping_name=order.shipping_name,
        shipping_adjustments=order.shipping_adjustments, taxes=taxes, total=order.total,
    )  # fmt: skip


def of_invoice(order: Order, seller: SellerProfile, content: Content, now: datetime) -> Any:
    """Return what the invoice of an order states."""
    return {
        **_common(order, seller, now),
        "kind": DocumentKind.INVOICE.value,
        "corrects": None,
        "reason": "",
        **rules.stored(content),
    }


def of_credit(
    order: Order, seller: SellerProfile, content: Content, corrects: Document, now: datetime
) -> Any:
    """Return what a credit note states; it names the invoice that it corrects (BG-3)."""
    return {
        **_common(order, seller, now),
        "kind": DocumentKind.CREDIT_NOTE.value,
        "corrects": {"number": corrects.number, "issued_on": corrects.content["issued_on"]},
        **rules.stored(content),
    }


def given_back(
    order: Order, key: str, invoice_number: str
) -> tuple[str, list[ReturnedGoods], list[Any]]:
    """Return label, goods and tax rows of a refund by its key at the provider. One that was made at
    the provider's own pages is known by its amount alone."""
    with translation.override(order.language):
        label = _("Refund for invoice %(number)s") % {"number": invoice_number}
    made = OrderRefund.objects.for_brand(order.brand_id).filter(order=order)
    refund = next((one for one in made.prefetch_related("lines__line") if _is(one, key)), None)
    if refund is None:
        return label, [], []
    goods = [_returned(one, order.language) for one in refund.lines.all()]
    return label, goods, list(refund.taxes)


def _returned(one: RefundLine, language: str) -> ReturnedGoods:
    with translation.override(language):
        kept_for = _("Loss of value: %(reason)s") % {"reason": one.deduction_reason}
    return ReturnedGoods(
        one.line.product_name, one.quantity, one.amount - one.deduction, one.line.tax_rate_bp,
        one.line.sku, one.deduction, kept_for if one.deduction else "",
    )  # fmt: skip


def _is(refund: OrderRefund, key: str) -> bool:
    return key.startswith(f"of-{refund.pk}-")


def _common(order: Order, seller: SellerProfile, now: datetime) -> dict[str, Any]:
    zone = time_zones.zone(order.brand.time_zone)
    delivered = order.confirmed_at or order.placed_at
    return {
        "language": order.language,
        "currency": order.currency,
        "issued_on": now.astimezone(zone).date().isoformat(),
        "delivered_on": delivered.astimezone(zone).date().isoformat(),
        "ordered_on": order.placed_at.astimezone(zone).date().isoformat(),
        "order": order.number,
        "is_test": order.is_test,
        "brand": order.brand.name,
        "accent": order.brand.accent,
        "seller": {
            "name": seller.company,
            "vat_id": seller.vat_number,
            "registration": ", ".join(filter(None, (seller.registration, seller.managed_by))),
            **{name: getattr(seller, name) for name in (*_PARTY, *_SELLER)},
        },
        "buyer": {
            "name": order.name,
            "email": order.email,
            "vat_id": order.vat_id,
            **{name: getattr(order, name) for name in _PARTY},
        },
    }


def day(facts: Mapping[str, Any], name: str) -> date:
    """Return one of the facts as a date."""
    return date.fromisoformat(facts[name])
