"""Parcels: which units of an order left the house, with which carrier, under which number.

A parcel can be undone until the mail about it begins to leave; afterwards its tracking can be
corrected, and the buyer hears of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb
from showfloor.checkout.models import Order, OrderState, PaymentState
from showfloor.checkout.services import orders
from showfloor.fulfilment import carriers, history, mails, progress, rules, stale_forms
from showfloor.fulfilment.mails import MailKind
from showfloor.fulfilment.models import Shipment, ShipmentLine
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.outbox import services as outbox
from showfloor.stock import services as stock

CARRIER_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class Parcel:
    """The way of a parcel, as staff types it. The tracking address is made for known carriers."""

    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


def shipped(order: Order) -> dict[str, int]:
    """Return how many units of each line (by id) have left the house."""
    return {line.id: line.shipped for line in progress.lines_of(order)}


def open_units(order: Order) -> dict[str, int]:
    """Return how many units of each line (by id) are still to be sent, without lines of none."""
    return {line.id: line.open for line in progress.lines_of(order) if line.open}


@verb
def ship(
    order: Order, units: Mapping[str, int], parcel: Parcel, key: str, now: datetime, *,
    by: User | None = None, tell: bool = True, seen: int | None = None,
) -> Shipment:  # fmt: skip
    """Send units of an order (line id → units); the buyer is told, unless not. The same `key` ships
    once. The order is completed when nothing is left. `seen`: how often goods and money had moved
    when the form was shown.

    Invalid, Conflict: the order is not paid, or so many units are not open.
    """
    tidy = _tidy(parcel)
    with stock.writing():
        order = orders.lock(order)
        known = Shipment.objects.for_brand(order.brand_id).filter(order=order)
        made = known.filter(key=key).first()
        if made is not None:
            return made
        stale_forms.check_seen(order, seen)
        _check_paid(order)
        wanted = rules.check_shippable(progress.lines_of(order), units)
        shipment = Shipment(
            brand_id=order.brand_id, order=order, number=known.count() + 1, key=key,
            carrier=tidy.carrier, tracking_number=tidy.tracking_number,
            tracking_url=tidy.tracking_url, shipped_at=now, by=by,
        )  # fmt: skip
        shipment.save(force_insert=True)
        ShipmentLine.objects.all_brands().bulk_create(
            ShipmentLine(shipment=shipment, line_id=line_id, quantity=count)
            for line_id, count in wanted.items()
        )
        progress.change(order, {line: {"shipped": count} for line, count in wanted.items()})
        history.add(order, history.SHIPPED, now, by=by, units=wanted, **_named(shipment))
        progress.follow(order, now)
        if tell:
            mails.queue(order, MailKind.SHIPPED, shipment, now, now + rules.UNDO_FOR)
        return shipment


@verb
def undo(shipment: Shipment, now: datetime, *, by: User | None = None) -> None:
    """Take a parcel back as if it had not been sent. Conflict when its mail has begun to leave, or
    when units of it have been refunded since."""
    with stock.writing():
        order = orders.lock(shipment.order)
        shipment = _current(shipment)
        if shipment.undone_at is not None:
            return
        if not _can_undo(shipment, now):
            raise Conflict(
                _("The buyer has been told of it. Correct the tracking instead."),
                code="too-late",
            )
        units = {line.line_id: line.quantity for line in shipment.lines.all()}
        for line in progress.lines_of(order):
            if units.get(line.id, 0) > line.shipped - line.returned:
                raise Conflict(_("Units of this parcel were refunded."), code="refunded")
        outbox.take_back(order.brand_id, MailKind.SHIPPED.value, outbox.cause_of(shipment))
        progress.change(order, {line: {"shipped": -count} for line, count in units.items()})
        shipment.undone_at = now
        shipment.save(update_fields=["undone_at"])
        history.add(order, history.SHIPMENT_UNDONE, now, by=by, units=units, **_named(shipment))
        progress.follow(order, now)


@verb
def correct_tracking(
    shipment: Shipment, parcel: Parcel, now: datetime, *, by: User | None = None, tell: bool = True
) -> None:
    """Write another carrier or number to a parcel. A mail that has not left yet says it; after it,
    a new one does. Invalid names the field; Conflict for a parcel that was undone."""
    tidy = _tidy(parcel)
    with stock.writing():
        order = orders.lock(shipment.order)
        shipment = _current(shipment)
        if shipment.undone_at is not None:
            raise Conflict(_("This parcel was undone."), code="undone")
        before = _parcel_of(shipment)
        if before == tidy:
            return
        shipment.carrier, shipment.tracking_number = tidy.carrier, tidy.tracking_number
        shipment.tracking_url = tidy.tracking_url
        shipment.save(update_fields=["carrier", "tracking_number", "tracking_url"])
        event = history.add(
            order, history.TRACKING_CORRECTED, now, by=by, shipment=shipment.pk, **_named(shipment)
        )
        if tell and not _mail_waits(shipment):
            mails.queue(order, MailKind.TRACKING, event, now)


def can_undo(shipment: Shipment, now: datetime) -> bool:
    """Return whether a parcel can still be taken back."""
    return shipment.undone_at is None and _can_undo(shipment, now)


def _can_undo(shipment: Shipment, now: datetime) -> bool:
    sent = outbox.messages_about(shipment).filter(kind=MailKind.SHIPPED.value)
    return _mail_waits(shipment) or (
        not sent.exists() and now < shipment.shipped_at + rules.UNDO_FOR
    )


def _mail_waits(shipment: Shipment) -> bool:
    sent = outbox.messages_about(shipment).filter(kind=MailKind.SHIPPED.value)
    return outbox.waiting(sent).exists()


def _check_paid(order: Order) -> None:
    if order.state != OrderState.CONFIRMED:
        raise Conflict(_("Only a paid order that is open can be sent."), code="order-state")
    if order.payment_state == PaymentState.REFUNDED:
        raise Conflict(
            _("The money of this order has gone back: nothing is to be sent."), code="refunded"
        )


def _current(shipment: Shipment) -> Shipment:
    return Shipment.objects.for_brand(shipment.brand_id).get(pk=shipment.pk)


def _tidy(parcel: Parcel) -> Parcel:
    carrier = " ".join(parcel.carrier.split())
    if len(carrier) > CARRIER_CHARS_MAX or not carrier.isprintable():
        raise Invalid(
            _("At most %(count)d characters.") % {"count": CARRIER_CHARS_MAX}, field="carrier"
        )
    number = carriers.tidy_number(parcel.tracking_number)
    url = carriers.tracking_url(carrier, number) or carriers.check_url(parcel.tracking_url)
    return Parcel(carrier, number, url)


def _parcel_of(shipment: Shipment) -> Parcel:
    return Parcel(shipment.carrier, shipment.tracking_number, shipment.tracking_url)


def _named(shipment: Shipment) -> dict[str, Any]:
    return {"carrier": shipment.carrier, "tracking_number": shipment.tracking_number}
