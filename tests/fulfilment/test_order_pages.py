"""A clerk's pages: the order and its forms, the list with its filters, and acts on many orders."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from showfloor.accounts.models import Brand, Role, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout.models import Order, Payment, PaymentEvent
from showfloor.checkout.ports import Dispute, DisputeState, Refund, RefundState
from showfloor.checkout.services import reconciliation
from showfloor.fulfilment import dispute_warnings, edits, notes, refunds, rules, shipments
from showfloor.fulfilment.shipments import Parcel
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.outbox import kinds
from showfloor.outbox.models import OutgoingMessage
from showfloor.pricing import markets
from showfloor.pricing.models import Market
from tests.conftest import make_staff
from tests.fulfilment.conftest import BRUSH, CLERK, CREAM, TOTAL, line, report
from tests.fulfilment.test_refunds import Refusing
from tests.stock.helpers import level


@pytest.fixture
def clerk(brand: Brand) -> User:
    """Not the owner: what a clerk may do is enough for all of this."""
    return make_staff(brand, Role.CLERK, CLERK)


@pytest.fixture
def office(client: Client, clerk: User) -> Client:
    client.force_login(clerk)
    return client


def page_of(order: Order) -> str:
    return reverse("admin:checkout_order_change", args=[order.pk])


def fresh(order: Order) -> Order:
    return Order.objects.for_brand(order.brand_id).get(pk=order.pk)


def tasks(office: Client, order: Order) -> list[tuple[str, bool]]:
    sheet = office.get(page_of(order)).context["sheet"]
    return [(task.text, task.is_urgent) for task in sheet.tasks]


def listed(office: Client, **query: str) -> list[str]:
    page = office.get(reverse("admin:checkout_order_changelist"), query)
    assert page.status_code == 200, page
    return [row.number for row in page.context["cl"].result_list]


def test_clerk_ships_one_line_and_refunds_the_other(
    office: Client, order: Order, brush: Variant
) -> None:
    cream, brushes = line(order, "CREAM"), line(order, "BRUSH")
    assert tasks(office, order) == [("4 units are to be sent.", False)]
    sent = office.post(page_of(order), {
        "action": "ship", "key": "k", f"units_{cream.pk}": "3", f"units_{brushes.pk}": "",
        "carrier": "DHL", "tracking_number": "0034", "tell": "on",
    })  # fmt: skip
    assert sent.status_code == 302
    back = office.post(page_of(order), {
        "action": "refund", "key": "k", f"units_{brushes.pk}": "1", "shipping": "", "amount": "",
        "restock": "on", "reason": "sold out", "tell": "on",
    }, follow=True)  # fmt: skip
    assert "€5.00 go back." in back.content.decode()
    assert (fresh(order).state, level(brush)) == ("completed", (5, 0))
    assert refunds.left(order) == TOTAL - BRUSH
    sheet = back.context["sheet"]
    assert [(one.goods, one.shipment.tracking_number) for one in sheet.shipments] == [
        ("3 × Product CREAM", "0034")
    ]
    assert [list(row.marks) for row in sheet.lines] == [
        ["3 of 3 shipped"],
        ["1 of 1 cancelled"],
    ] or [list(row.marks) for row in sheet.lines] == [["1 of 1 cancelled"], ["3 of 3 shipped"]]


def test_form_of_another_tab_acts_on_no_order_that_moved_meanwhile(
    office: Client, order: Order
) -> None:
    cream = line(order, "CREAM")
    kept = {
        form.name: {"action": form.name, "key": form["key"].value(), "seen": form["seen"].value()}
        for form in office.get(page_of(order)).context["order_forms"]
        if form.name in {"ship", "refund", "cancel"}
    }
    first = kept["refund"] | {"amount": "5", "reason": "sorry"}
    assert office.post(page_of(order), first).status_code == 302
    assert office.post(page_of(order), first).status_code == 302  # a double click is no new act
    gone = refunds.left(order)
    assert gone == TOTAL - 500
    late = (
        kept["refund"] | {"amount": "5", "key": "tab"},
        kept["ship"] | {f"units_{cream.pk}": "1"},
        kept["cancel"] | {f"units_{cream.pk}": "1"},
    )
    pages = [office.post(page_of(order), typed) for typed in late]
    assert [page.status_code for page in pages] == [422, 422, 422]
    for page in pages:
        assert "was shipped, refunded or cancelled meanwhile" in page.content.decode()
    assert refunds.left(order) == gone
    assert shipments.shipped(order)[cream.pk] == 0
    (form,) = [one for one in pages[2].context["order_forms"] if one.name == "cancel"]
    assert form["seen"].value() == "1"  # sent again, it is meant
    again = kept["ship"] | {f"units_{cream.pk}": "1", "seen": "1"}
    assert office.post(page_of(order), again).status_code == 302
    assert shipments.shipped(order)[cream.pk] == 1


def test_form_that_is_wrong_is_shown_again_with_what_was_typed(
    office: Client, order: Order
) -> None:
    cream = line(order, "CREAM")
    page = office.post(page_of(order), {
        "action": "ship", "key": "k", f"units_{cream.pk}": "4", "carrier": "Bike",
    })  # fmt: skip
    (form,) = [one for one in page.context["order_forms"] if one.name == "ship"]
    assert page.status_code == 422
    assert form.errors == {f"units_{cream.pk}": ["Only 3 of it are still to be sent."]}
    assert 'value="Bike"' in page.content.decode()
    too_much = office.post(page_of(order), {"action": "refund", "key": "k", "amount": "999"})
    (form,) = [one for one in too_much.context["order_forms"] if one.name == "refund"]
    assert form.errors == {"amount": ["At most €69.60 can go back."]}
    assert refunds.left(order) == TOTAL


def test_clerk_with_a_stale_form_is_told_on_the_page(office: Client, order: Order) -> None:
    edits.edit(order, {"city": "Potsdam"}, 0, utc_now())
    typed = {
        "action": "edit", "version": "0", "email": order.email, "full_name": order.name,
        "line1": order.line1, "postal_code": order.postal_code, "city": "Hamburg",
        "gift_note": "For you",
    }  # fmt: skip
    page = office.post(page_of(order), typed)
    assert page.status_code == 422
    assert "Somebody has edited this order meanwhile" in page.content.decode()
    assert fresh(order).city == "Potsdam"
    assert office.post(page_of(order), {**typed, "version": "1"}).status_code == 302
    assert (fresh(order).city, fresh(order).gift_note) == ("Hamburg", "For you")


def test_everything_goes_back_with_one_button(office: Client, order: Order) -> None:
    office.post(page_of(order), {"action": "refund", "key": "k", "all": "1", "restock": "on"})
    reconciliation.send_refunds(utc_now())
    assert Payment.objects.for_brand(order.brand_id).get().refunded == TOTAL
    assert fresh(order).state == "cancelled"


def test_undo_correct_note_tag_and_cancel(office: Client, order: Order, cream: Variant) -> None:
    parcel = shipments.ship(order, {line(order, "CREAM").pk: 1}, Parcel(), "k", utc_now())
    for typed in (
        {"action": "track", "row": parcel.pk, "carrier": "GLS", "tracking_number": "7"},
        {"action": "undo", "row": parcel.pk},
        {"action": "note", "text": "Call first", "key": "n"},
        {"action": "tag", "tag": "gift"},
        {"action": "untag", "tag": "gift"},
        {
            "action": "cancel", "key": "c", f"units_{line(order, 'CREAM').pk}": "3",
            f"units_{line(order, 'BRUSH').pk}": "1",
        },
    ):  # fmt: skip
        assert office.post(page_of(order), typed).status_code == 302, typed
    assert (fresh(order).state, level(cream)) == ("cancelled", (10, 0))
    history = office.get(page_of(order)).context["sheet"].history
    assert [one.title for one in history if one.actor == CLERK] == [
        "Tracking corrected", "Shipment undone", "Note", "Tag added", "Tag removed", "Cancelled",
    ]  # fmt: skip
    missing = office.post(page_of(order), {"action": "undo", "row": "nobody's"})
    assert missing.status_code == 422


def test_dispute_is_shown_sorted_and_over_when_it_is_won(office: Client, order: Order) -> None:
    due = utc_now() + timedelta(days=7)
    report(order, disputes=(Dispute("d1", 1000, DisputeState.OPEN, due, "fraudulent"),))
    (urgent, *_others) = tasks(office, order)
    assert urgent[0].startswith("The buyer's bank disputes €10.00. Answer at the provider by ")
    assert urgent[1] is True
    assert listed(office, work="disputed") == [order.number]
    assert "€10.00 · fraudulent" in office.get(page_of(order)).content.decode()
    report(order, disputes=(Dispute("d1", 1000, DisputeState.WON, due, "fraudulent"),))
    assert listed(office, work="disputed") == []
    assert tasks(office, order) == [("4 units are to be sent.", False)]


def test_staff_are_warned_of_a_dispute_when_it_opens_and_before_its_deadline(
    order: Order, clerk: User
) -> None:
    make_staff(order.brand, Role.MODERATOR, "moderator@example.test")
    now = utc_now()
    due = now + timedelta(days=7)
    report(order, disputes=(Dispute("d1", 1000, DisputeState.OPEN, due),))
    soon = due - rules.DISPUTE_SOON
    assert [dispute_warnings.warn_due(at) for at in (now, now, soon, soon, due)] == [1, 0, 1, 0, 0]
    warnings = OutgoingMessage.objects.for_brand(order.brand_id).filter(kind="dispute-warning")
    assert [one.recipient for one in warnings] == [CLERK, CLERK]
    mail = kinds.content(warnings[0])
    assert f"disputes €10.00 of order {order.number}" in mail.text
    assert page_of(order) in mail.text


def test_refund_made_at_the_provider_asks_staff_to_cancel(office: Client, order: Order) -> None:
    report(order, refunds=(Refund("re_1", TOTAL, RefundState.SUCCEEDED),))
    assert fresh(order).payment_state == "refunded"
    texts = [text for text, _urgent in tasks(office, order)]
    assert texts == [
        "€69.60 went back at the provider, not from here. Cancel what is not to be sent.",
        "All money has gone back: nothing is to be sent. Cancel it.",
    ]
    assert listed(office, work="to-ship") == []
    refused = office.post(page_of(order), {
        "action": "ship", "key": "k", f"units_{line(order, 'CREAM').pk}": "1",
    })  # fmt: skip
    assert refused.status_code == 422
    assert "nothing is to be sent" in refused.content.decode()


def test_failed_refund_is_listed_until_it_is_sent_again(
    office: Client, order: Order, testpay: TestPay
) -> None:
    Refusing(testpay)
    refunds.refund_lines(order, {}, restock=False, reason="", key="k", now=utc_now(), amount=CREAM)
    reconciliation.send_refunds(utc_now())
    assert listed(office, work="refund-failed") == [order.number]
    assert ("A refund of €19.90 failed. Send it again.", True) in tasks(office, order)
    (row,) = office.get(page_of(order)).context["sheet"].refunds
    office.post(page_of(order), {"action": "repeat", "row": row.refund.pk})
    assert listed(office, work="refund-failed") == []
    told = PaymentEvent.objects.for_brand(order.brand_id).get(kind="refund_failed")
    told.pk, told.number, told._state.adding = new_id(), told.number + 50, True
    told.save()  # the provider says it a second time
    assert listed(office, work="refund-failed") == []


def test_list_is_filtered_and_searched(office: Client, order: Order) -> None:
    assert listed(office, work="to-ship") == [order.number]
    assert (listed(office, work="late"), listed(office, work="partly")) == ([], [])
    Order.objects.for_brand(order.brand_id).update(confirmed_at=utc_now() - rules.LATE_AFTER)
    assert listed(office, work="late") == [order.number]
    assert tasks(office, order)[0] == (
        "4 units are late: the buyer has waited for more than 3 days.",
        True,
    )
    swiss = Market.objects.create(brand=order.brand, name="CH", code="ch", currency="CHF")
    markets.forget()
    assert (listed(office, market="home"), listed(office, market=swiss.pk)) == ([order.number], [])
    Order.objects.for_brand(order.brand_id).update(market=swiss.pk)
    assert (listed(office, market="home"), listed(office, market=swiss.pk)) == ([], [order.number])
    assert "Market: CH" in office.get(f"/admin/checkout/order/{order.pk}/change/").text
    notes.add_tag(order, "gift", utc_now())
    assert (listed(office, tag="gift"), listed(office, tag="other")) == ([order.number], [])
    shipments.ship(order, {line(order, "CREAM").pk: 1}, Parcel("DHL", "0034"), "k", utc_now())
    assert listed(office, work="partly") == [order.number]
    assert (listed(office, q="0034"), listed(office, q="0035")) == ([order.number], [])
    page = office.get(reverse("admin:checkout_order_changelist"))
    assert {one["value"]: one["count"] for one in page.context["work"]} == {
        "to-ship": 1, "partly": 1, "late": 1, "disputed": 0, "refund-failed": 0,
    }  # fmt: skip


def test_dashboard_leads_to_orders_that_wait(office: Client, order: Order) -> None:
    (panel,) = office.get(reverse("admin:index")).context["panels"]
    assert [(one.title, one.value, one.url) for one in panel.waiting] == [
        ("Orders: To be sent", "1", "/admin/checkout/order/?work=to-ship")
    ]


def test_many_orders_are_shipped_and_tagged_at_once(office: Client, order: Order) -> None:
    address = reverse("admin:checkout_order_changelist")
    chosen = {"_selected_action": [order.pk]}
    asked = office.post(address, {"action": "ship_selected", **chosen})
    assert asked.context["orders"] == [order]
    assert shipments.open_units(order)
    done = office.post(
        address,
        {"action": "ship_selected", "confirm": "1", "carrier": "DHL", **chosen},
        follow=True,
    )
    assert "1 order done." in done.content.decode()
    assert fresh(order).state == "completed"
    again = office.post(address, {"action": "ship_selected", "confirm": "1", **chosen}, follow=True)
    assert "Only a paid order that is open can be sent." in again.content.decode()
    office.post(address, {"action": "tag_selected", "confirm": "1", "tag": "evening", **chosen})
    assert [tag.name for tag in notes.tags(order)] == ["evening"]


def test_producer_looks_and_changes_nothing(brand: Brand, client: Client, order: Order) -> None:
    client.force_login(make_staff(brand, Role.PRODUCER, "producer@example.test"))
    page = client.get(page_of(order))
    assert (page.status_code, page.context["order_forms"]) == (200, [])
    assert client.post(page_of(order), {"action": "note", "text": "x"}).status_code == 403


def test_page_asks_as_much_for_many_parcels_as_it_must(office: Client, order: Order) -> None:
    cream = line(order, "CREAM").pk
    shipments.ship(order, {cream: 1}, Parcel(), "1", utc_now())
    with CaptureQueriesContext(
        connection,
    ) as one:
        office.get(page_of(order))
    shipments.ship(order, {cream: 1}, Parcel(), "2", utc_now())
    with CaptureQueriesContext(connection) as two:
        office.get(page_of(order))
    assert len(two) - len(one) <= 3
