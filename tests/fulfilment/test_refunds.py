"""Refunds by line, part and full; cancelling; edits, notes and tags."""

from typing import Any

import pytest

from showfloor.accounts.models import User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout import provider
from showfloor.checkout.models import Order, Payment
from showfloor.checkout.ports import RefundRefused
from showfloor.checkout.services import reconciliation
from showfloor.fulfilment import cancellations, edits, history, notes, refunds, shipments
from showfloor.fulfilment.models import OrderEvent, OrderRefund
from showfloor.fulfilment.refunds import Ask, RefundProgress
from showfloor.fulfilment.rules import Wanted
from showfloor.fulfilment.shipments import Parcel
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.outbox.models import OutgoingMessage
from tests.fulfilment.conftest import BRUSH, CLERK, CREAM, SHIPPING, TOTAL, line
from tests.stock.helpers import level


class Refusing:
    """The provider, which refuses refunds while it is told to."""

    def __init__(self, pay: TestPay) -> None:
        self._pay = pay
        self.refuses = True
        provider.use(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pay, name)

    def refund(self, *asked: Any) -> Any:
        if self.refuses:
            raise RefundRefused("no")
        return self._pay.refund(*asked)


def fresh(order: Order) -> Order:
    return Order.objects.for_brand(order.brand_id).get(pk=order.pk)


def mails(order: Order) -> list[str]:
    rows = OutgoingMessage.objects.for_brand(order.brand_id).exclude(kind="order-confirmed")
    return sorted(rows.values_list("kind", flat=True))


def test_line_goes_back_with_restock(
    order: Order, cream: Variant, brush: Variant, clerk: User
) -> None:
    now = utc_now()
    made = refunds.refund_lines(
        order, {line(order, "CREAM").pk: 2}, shipping=200, restock=True, reason="broken", key="r",
        now=now, by=clerk,
    )  # fmt: skip
    assert (made.amount, made.shipping) == (2 * CREAM + 200, 200)
    (tax,) = made.taxes
    assert (tax["rate_bp"], tax["net"] + tax["tax"]) == (1900, 2 * CREAM + 200)
    assert (level(cream), level(brush)) == ((9, 0), (4, 0))
    assert refunds.progress_of(order, [made]) == {made.pk: RefundProgress.DUE}
    reconciliation.send_refunds(now)
    assert refunds.progress_of(order, [made]) == {made.pk: RefundProgress.DONE}
    assert fresh(order).payment_state == "partially_refunded"
    assert mails(order) == ["order-money-back"]
    assert [one.note for one in history.of(order) if one.title == "Refund decided"] == [
        "€41.80 · 2 × Product CREAM · back into stock · broken"
    ]


def test_same_key_refunds_once(order: Order, cream: Variant) -> None:
    units, now = {line(order, "CREAM").pk: 1}, utc_now()
    for _call in range(2):
        refunds.refund_lines(order, units, restock=True, reason="", key="r", now=now)
    assert level(cream) == (8, 0)
    assert refunds.left(order) == TOTAL - CREAM


def test_all_of_it_in_parts_gives_all_tax_back(order: Order) -> None:
    cream, brush, now = line(order, "CREAM").pk, line(order, "BRUSH").pk, utc_now()
    for number in range(3):
        refunds.refund_lines(order, {cream: 1}, restock=False, reason="", key=f"r{number}", now=now)
    refunds.refund_lines(
        order, {brush: 1}, shipping=SHIPPING, restock=True, reason="", key="b", now=now
    )
    rows = OrderRefund.objects.for_brand(order.brand_id)
    assert sum(one.amount for one in rows) == TOTAL
    (tax,) = order.taxes
    assert sum(part["tax"] for one in rows for part in one.taxes) == tax["tax"]
    assert (fresh(order).state, fresh(order).cancel_reason) == ("cancelled", "by-staff")
    reconciliation.send_refunds(now)
    payment = Payment.objects.for_brand(order.brand_id).get()
    assert (payment.state, payment.refunded) == ("refunded", TOTAL)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(amount=TOTAL + 1), "amount"),
        (Wanted(amount=-1), "amount"),
        (Wanted(amount=0), "amount"),
        (Wanted(shipping=SHIPPING + 1), "shipping"),
        (Wanted(shipping=-1), "shipping"),
        (Wanted({"nobody's": 1}), "units.nobody's"),
    ],
)
def test_refund_of_more_than_there_is_changes_nothing(
    order: Order, wanted: Wanted, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        refunds.refund(order, Ask(wanted), "r", utc_now())
    assert refused.value.field == field
    assert not OrderRefund.objects.for_brand(order.brand_id).exists()
    assert refunds.left(order) == TOTAL


def test_amount_leaves_the_lines_to_be_sent(order: Order) -> None:
    refunds.refund_lines(
        order, {}, restock=False, reason="late", key="r", now=utc_now(), amount=700
    )
    assert shipments.open_units(order) == {line(order, "CREAM").pk: 3, line(order, "BRUSH").pk: 1}
    assert refunds.left(order) == TOTAL - 700


def test_returned_units_are_those_that_were_sent(order: Order, brush: Variant) -> None:
    pk, now = line(order, "BRUSH").pk, utc_now()
    ask = Ask(Wanted({pk: 1}), restock=True, returned=True)
    with pytest.raises(Conflict):
        refunds.refund(order, ask, "r", now)
    parcel = shipments.ship(order, {pk: 1}, Parcel(), "one", now)
    refunds.refund(order, ask, "r", now)
    assert level(brush) == (5, 0)
    with pytest.raises(Conflict):
        shipments.undo(parcel, now)


def test_failed_refund_is_seen_and_sent_again(order: Order, testpay: TestPay, clerk: User) -> None:
    now, at_provider = utc_now(), Refusing(testpay)
    made = refunds.refund_lines(
        order, {line(order, "BRUSH").pk: 1}, restock=False, reason="", key="r", now=now
    )
    reconciliation.send_refunds(now)
    assert refunds.progress_of(order, [made]) == {made.pk: RefundProgress.FAILED}
    at_provider.refuses = False
    refunds.repeat(made, now, by=clerk)
    with pytest.raises(Conflict):
        refunds.repeat(made, now)
    reconciliation.send_refunds(now)
    again = OrderRefund.objects.for_brand(order.brand_id).get()
    assert refunds.progress_of(order, [again]) == {made.pk: RefundProgress.DONE}
    assert Payment.objects.for_brand(order.brand_id).get().refunded == BRUSH
    assert order.events.filter(kind=history.REFUND_REPEATED, by=clerk).count() == 1


# --- cancelling


def test_whole_order_is_cancelled(order: Order, cream: Variant, brush: Variant) -> None:
    cancellations.cancel(order, utc_now(), note="by telephone")
    assert fresh(order).state == "cancelled"
    assert (level(cream), level(brush)) == ((10, 0), (5, 0))
    reconciliation.send_refunds(utc_now())
    assert Payment.objects.for_brand(order.brand_id).get().refunded == TOTAL
    assert mails(order) == ["order-cancelled"]


def test_lines_that_were_not_sent_are_cancelled(
    order: Order, cream: Variant, brush: Variant
) -> None:
    now, creams = utc_now(), line(order, "CREAM").pk
    shipments.ship(order, {line(order, "BRUSH").pk: 1, creams: 1}, Parcel(), "one", now)
    with pytest.raises(Conflict):
        cancellations.cancel(order, now)
    cancellations.cancel_lines(order, {creams: 2}, "c", now)
    cancellations.cancel_lines(order, {creams: 2}, "c", now)
    assert (level(cream), level(brush)) == ((9, 0), (4, 0))
    assert (fresh(order).state, refunds.left(order)) == ("completed", TOTAL - 2 * CREAM)
    assert mails(order) == ["order-money-back", "order-shipped"]


def test_cancelling_the_rest_gives_everything_back(order: Order, cream: Variant) -> None:
    now, creams = utc_now(), line(order, "CREAM").pk
    cancellations.cancel_lines(order, {creams: 1}, "c", now)
    cancellations.cancel(order, now)
    assert (fresh(order).state, refunds.left(order), level(cream)) == ("cancelled", 0, (10, 0))


# --- edits, notes, tags


def test_edit_is_in_the_history_with_its_author(order: Order, clerk: User) -> None:
    seen = edits.version(order)
    changes = edits.edit(order, {"city": "Potsdam", "name": "Anna M."}, seen, utc_now(), by=clerk)
    assert changes == {"name": ("Anna Muster", "Anna M."), "city": ("Berlin", "Potsdam")}
    assert (fresh(order).city, fresh(order).line1) == ("Potsdam", "Lange Straße 1")
    (told,) = [one for one in history.of(order) if one.title == "Details changed"]
    assert (told.actor, told.note) == (CLERK, "Anna Muster → Anna M., Berlin → Potsdam")


def test_clerk_with_a_stale_form_is_told(order: Order) -> None:
    edits.edit(order, {"city": "Potsdam"}, 0, utc_now())
    with pytest.raises(Conflict) as refused:
        edits.edit(order, {"city": "Hamburg"}, 0, utc_now())
    assert (refused.value.code, fresh(order).city) == ("order-changed", "Potsdam")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"name": ""}, "name"),
        ({"postal_code": "1011"}, "address.postal_code"),
        ({"country": "AT"}, "address.country"),
    ],
)
def test_bad_edit_names_the_field(order: Order, typed: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        edits.edit(order, typed, 0, utc_now())
    assert refused.value.field == field
    assert edits.version(order) == 0


def test_sent_order_is_not_edited(order: Order) -> None:
    shipments.ship(order, shipments.open_units(order), Parcel(), "one", utc_now())
    with pytest.raises(Conflict):
        edits.edit(order, {"city": "Potsdam"}, 0, utc_now())


def test_note_stays_and_tags_go(order: Order, clerk: User) -> None:
    now = utc_now()
    for _press in range(2):
        notes.add_note(order, " Call first. ", "one", now, by=clerk)
    notes.add_note(order, "Paid in cash.", "one", now, by=clerk)  # the form that *Back* shows
    notes.add_tag(order, "Gift  wrap", now, by=clerk)
    notes.add_tag(order, "gift wrap", now, by=clerk)
    assert [tag.name for tag in notes.tags(order)] == ["Gift wrap"]
    notes.remove_tag(order, "Gift wrap", now, by=clerk)
    assert notes.tags(order) == []
    assert [(one.title, one.note) for one in history.of(order) if one.actor == CLERK] == [
        ("Note", "Call first."), ("Note", "Paid in cash."),
        ("Tag added", "Gift wrap"), ("Tag removed", "Gift wrap"),
    ]  # fmt: skip
    event = OrderEvent.objects.for_brand(order.brand_id).first()
    assert event is not None
    with pytest.raises(AssertionError):
        event.save()
    with pytest.raises(Invalid):
        notes.add_note(order, "  ", "two", now)
    with pytest.raises(Invalid):
        notes.add_tag(order, "x" * 41, now)
