"""Parcels: what may leave, who is told, and what can be undone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from showfloor.accounts.models import User
from showfloor.checkout.gifts import WRAPPING_SKU
from showfloor.checkout.models import Order, OrderLine
from showfloor.fulfilment import history, progress, refunds, shipments
from showfloor.fulfilment.models import LineProgress, Shipment
from showfloor.fulfilment.order_forms import FORMS
from showfloor.fulfilment.order_sheet import sheet_of
from showfloor.fulfilment.shipments import Parcel
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.ids import new_id
from showfloor.outbox import kinds
from showfloor.outbox import services as outbox
from showfloor.outbox.models import OutgoingMessage
from tests.fulfilment.conftest import CLERK, line

DHL = Parcel("DHL", "0034 0434 1234")


def state(order: Order) -> str:
    return Order.objects.for_brand(order.brand_id).get(pk=order.pk).state


def told(order: Order) -> list[tuple[str, str]]:
    rows = OutgoingMessage.objects.for_brand(order.brand_id).exclude(kind="order-confirmed")
    return [(row.kind, row.state) for row in rows.order_by("created_at", "pk")]


def kinds_of(order: Order) -> list[str]:
    return [event.kind for event in order.events.all()]


def test_part_of_an_order_ships_with_tracking(order: Order, clerk: User) -> None:
    now, cream = utc_now(), line(order, "CREAM")
    parcel = shipments.ship(order, {cream.pk: 2}, DHL, "one", now, by=clerk)
    assert parcel.tracking_url == (
        "https://www.dhl.de/de/privatkunden/dhl-sendungsverfolgung.html?piececode=003404341234"
    )
    assert shipments.shipped(order) == {cream.pk: 2, line(order, "BRUSH").pk: 0}
    assert (state(order), told(order)) == ("confirmed", [("order-shipped", "queued")])
    assert [
        (one.title, one.note, one.actor) for one in history.of(order) if one.actor == CLERK
    ] == [("Shipped", "2 × Product CREAM · DHL 003404341234", CLERK)]


def test_mail_says_the_parcel_in_the_buyers_language(order: Order) -> None:
    Order.objects.for_brand(order.brand_id).update(language="de")
    shipments.ship(order, {line(order, "CREAM").pk: 2}, DHL, "one", utc_now())
    message = OutgoingMessage.objects.for_brand(order.brand_id).get(kind="order-shipped")
    mail = kinds.content(message)
    assert mail.subject == f"Deine Bestellung {order.number} von Maison Test ist unterwegs"
    assert "2 × Product CREAM" in mail.text
    assert (
        "https://www.dhl.de/de/privatkunden/dhl-sendungsverfolgung.html?piececode=003404341234"
        in mail.text
    )
    assert "Der Rest deiner Bestellung folgt in einem weiteren Paket." in mail.text
    assert "003404341234" in mail.html


def test_order_whose_lines_are_all_shipped_is_completed(order: Order) -> None:
    shipments.ship(order, {line(order, "CREAM").pk: 3}, Parcel(), "one", utc_now())
    assert state(order) == "confirmed"
    shipments.ship(order, shipments.open_units(order), Parcel(), "two", utc_now())
    assert (state(order), shipments.open_units(order)) == ("completed", {})


def test_more_than_is_open_is_not_shipped(order: Order) -> None:
    cream = line(order, "CREAM").pk
    shipments.ship(order, {cream: 2}, Parcel(), "one", utc_now())
    with pytest.raises(Conflict) as refused:
        shipments.ship(order, {cream: 2}, Parcel(), "two", utc_now())
    assert refused.value.field == f"units.{cream}"
    with pytest.raises(Invalid):
        shipments.ship(order, {"nobody's": 1}, Parcel(), "three", utc_now())
    with pytest.raises(Invalid):
        shipments.ship(order, {}, Parcel(), "four", utc_now())
    assert [row.number for row in Shipment.objects.for_brand(order.brand_id)] == [1]
    assert kinds_of(order) == ["shipped"]


def test_constraint_refuses_more_than_was_ordered(order: Order) -> None:
    cream = line(order, "CREAM").pk
    with pytest.raises(IntegrityError), transaction.atomic():
        progress.change(order, {cream: {"shipped": 2, "dropped": 2}})
    assert not LineProgress.objects.for_brand(order.brand_id).exists()


def test_same_key_ships_once(order: Order) -> None:
    cream, now = line(order, "CREAM").pk, utc_now()
    first = shipments.ship(order, {cream: 1}, DHL, "one", now)
    assert shipments.ship(order, {cream: 1}, DHL, "one", now) == first
    assert shipments.shipped(order)[cream] == 1


def test_shipment_is_undone_until_its_mail_leaves(order: Order, clerk: User) -> None:
    now, units = utc_now(), shipments.open_units(order)
    parcel = shipments.ship(order, units, DHL, "one", now)
    assert outbox.send_due(now + timedelta(seconds=30)) == 1  # the order's own confirmation
    shipments.undo(parcel, now, by=clerk)
    assert (state(order), told(order)) == ("confirmed", [])
    assert shipments.open_units(order) == units
    assert kinds_of(order) == ["shipped", "shipment-undone"]
    shipments.ship(order, units, DHL, "two", now)
    again = Shipment.objects.for_brand(order.brand_id).get(key="two")
    assert again.number == 2
    assert outbox.send_due(now + timedelta(seconds=61)) == 1
    with pytest.raises(Conflict):
        shipments.undo(again, now)
    assert (state(order), told(order)) == ("completed", [("order-shipped", "sent")])


def test_corrected_tracking_is_in_the_waiting_mail_or_in_a_new_one(order: Order) -> None:
    now = utc_now()
    parcel = shipments.ship(order, {line(order, "CREAM").pk: 1}, DHL, "one", now)
    shipments.correct_tracking(parcel, Parcel("DHL", "111"), now)
    assert told(order) == [("order-shipped", "queued")]
    outbox.send_due(now + timedelta(seconds=61))
    shipments.correct_tracking(parcel, Parcel("Bike courier", "", "https://bike.example/7"), now)
    sent = OutgoingMessage.objects.for_brand(order.brand_id).get(kind="order-shipped")
    assert "piececode=111" in sent.text
    assert told(order) == [("order-shipped", "sent"), ("order-tracking", "queued")]
    second = OutgoingMessage.objects.for_brand(order.brand_id).get(kind="order-tracking")
    assert "https://bike.example/7" in kinds.content(second).text


@pytest.mark.parametrize(
    ("parcel", "field"),
    [
        (Parcel("DHL", "Straße"), "tracking_number"),
        (Parcel("DHL", "1" * 81), "tracking_number"),
        (Parcel("x" * 81), "carrier"),
        (Parcel("Bike", "", "javascript:alert(1)"), "tracking_url"),
    ],
)
def test_bad_parcel_is_refused_and_nothing_is_shipped(
    order: Order, parcel: Parcel, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        shipments.ship(order, {line(order, "CREAM").pk: 1}, parcel, "one", utc_now())
    assert refused.value.field == field
    assert not Shipment.objects.for_brand(order.brand_id).exists()


def test_wrapping_goes_along_with_the_first_parcel(order: Order, clerk: User) -> None:
    cream, brush, now = line(order, "CREAM"), line(order, "BRUSH"), utc_now()
    wrapping = OrderLine.objects.for_brand(order.brand_id).get(pk=brush.pk)
    wrapping.pk, wrapping._state.adding = new_id(), True
    wrapping.sku, wrapping.variant, wrapping.position = WRAPPING_SKU, None, 2
    wrapping.save()
    form = FORMS["ship"](None, sheet_of(order, now))
    assert f"units_{wrapping.pk}" not in form.fields
    parcel = shipments.ship(order, {cream.pk: 1}, DHL, "one", now, by=clerk)
    assert shipments.open_units(order) == {cream.pk: 2, brush.pk: 1}
    shipments.undo(parcel, now)
    assert shipments.open_units(order) == {cream.pk: 3, brush.pk: 1, wrapping.pk: 1}
    shipments.ship(order, {cream.pk: 3, brush.pk: 1}, DHL, "two", now)
    assert state(order) == "completed"


def test_refunded_units_are_not_shipped(order: Order) -> None:
    cream, brush, now = line(order, "CREAM").pk, line(order, "BRUSH").pk, utc_now()
    refunds.refund_lines(order, {cream: 2}, restock=True, reason="", key="r", now=now)
    with pytest.raises(Conflict):
        shipments.ship(order, {cream: 2}, Parcel(), "one", now)
    shipments.ship(order, {cream: 1, brush: 1}, Parcel(), "two", now)
    assert state(order) == "completed"
