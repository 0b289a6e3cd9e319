"""The buyer's page of an order: what happened, cancelling, returns; and the clerk who receives."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Variant
from showfloor.checkout import order_links
from showfloor.checkout.models import Order, OrderLine, Payment
from showfloor.checkout.services import payment_events
from showfloor.fulfilment import return_links, returns, shipments
from showfloor.fulfilment.models import OrderRefund
from showfloor.fulfilment.return_models import OrderReturn, ReturnPolicy
from showfloor.fulfilment.returns import Received
from showfloor.fulfilment.shipments import Parcel
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.ids import new_id
from showfloor.legal.rules import Text
from showfloor.outbox.jobs import send_messages
from tests.fulfilment.conftest import CREAM, line
from tests.stock.helpers import level
from tests.support import law
from tests.support.people import sign_in_confirmed
from tests.support.shows import make_show

pytestmark = pytest.mark.django_db


def page_of(order: Order) -> str:
    return Client().get(order_links.path_of(order)).content.decode()


def ship(order: Order, units: dict[str, int], days_ago: float = 1) -> None:
    when = utc_now() - timedelta(days=days_ago)
    shipments.ship(order, units, Parcel("DHL", "00340434161094042557"), new_id(), when, tell=False)


def announced(order: Order, sku: str = "CREAM", units: int = 2) -> OrderReturn:
    one = line(order, sku)
    return returns.announce(order, {one.pk: units}, {one.pk: "fit"}, utc_now(), key=new_id())


# --- the page


def test_page_says_what_happened_and_what_can_be_done(order: Order) -> None:
    before = page_of(order)
    assert "You ordered" in before
    assert "Your payment arrived" in before
    assert 'data-testid="cancel-order"' in before
    assert 'data-testid="return-order"' not in before
    ship(order, {line(order, "CREAM").pk: 2})
    after = page_of(order)
    assert "2 pieces are on their way; the rest follows." in after
    assert "DHL 00340434161094042557" in after
    assert "Follow the parcel" in after
    assert 'data-testid="cancel-order"' not in after
    assert 'data-testid="return-order"' in after


def test_line_leads_to_its_moment_of_the_show(order: Order, brand: Brand) -> None:
    show = make_show(brand, "Spring lips", products=0)
    OrderLine.objects.all_brands().filter(sku="CREAM").update(show=show, show_time_s=754.4)
    page = page_of(order)
    assert f'href="/shows/{show.slug}?t=754"' in page
    assert "from “Spring lips”, at 0:12:34" in page


def test_page_links_the_texts_of_the_order(order: Order, brand: Brand) -> None:
    old = law.publish(brand, Text.TERMS, "Old.")
    Order.objects.all_brands().update(legal_versions={"terms": old.pk})
    law.publish(brand, Text.TERMS, "New.")
    page = page_of(order)
    assert f'href="/legal/{old.pk}"' in page
    assert "Terms of sale, as at your order" in page


# --- cancelling


def test_buyer_cancels_before_sending_and_the_money_goes_back(
    order: Order, cream: Variant, client: Client
) -> None:
    url = f"{order_links.path_of(order)}/cancel"
    assert 'data-testid="confirm-cancel"' in client.get(url).content.decode()
    order.refresh_from_db()
    assert order.state == "confirmed"  # looking cancels nothing
    assert client.post(url)["Location"] == order_links.path_of(order)
    order.refresh_from_db()
    assert (order.state, order.cancel_reason) == ("cancelled", "by-buyer")
    payment = Payment.objects.for_brand(order.brand).get()
    assert payment_events.ledger_of(payment).refundable == 0
    assert level(cream)[0] == 10
    assert "You cancelled the order" in page_of(order)
    assert client.post(url).status_code == 302  # a second tap does nothing more


def test_parcel_that_left_meanwhile_refuses_to_be_cancelled(order: Order, client: Client) -> None:
    ship(order, {line(order, "BRUSH").pk: 1})
    answer = client.post(f"{order_links.path_of(order)}/cancel")
    assert answer.status_code == 409
    assert "A parcel has just left" in answer.content.decode()
    order.refresh_from_db()
    assert order.state == "confirmed"


def test_made_up_link_cancels_nothing(order: Order, client: Client) -> None:
    forged = order_links.path_of(order)[:-3] + "xyz"
    for act in ("cancel", "return", "withdraw"):
        assert client.post(f"{forged}/{act}").status_code == 404
    order.refresh_from_db()
    assert order.state == "confirmed"


# --- announcing a return


def test_return_is_announced_by_line_with_a_reason_and_gets_a_slip(
    order: Order, brand: Brand, client: Client
) -> None:
    ReturnPolicy.objects.create(
        brand=brand, address="Maison\nReturns\n10115 Berlin", instructions="Postage is free."
    )
    cream = line(order, "CREAM")
    ship(order, {cream.pk: 3})
    url = f"{order_links.path_of(order)}/return"
    form = client.get(url).content.decode()
    assert "Postage is free." in form
    assert f"units_{line(order, 'BRUSH').pk}" not in form  # it was not sent
    typed = {f"units_{cream.pk}": "2", f"reason_{cream.pk}": "fit", "note": "Too red."}
    key = re.search(r'name="key" value="(\w+)"', form)
    assert key is not None
    mail.outbox.clear()
    slip = client.post(url, {**typed, "key": key[1]})["Location"]
    assert client.post(url, {**typed, "key": key[1]})["Location"] == slip  # a second tap
    made = OrderReturn.objects.for_brand(brand).get()
    assert [(row.line_id, row.quantity, row.reason) for row in made.lines.all()] == [
        (cream.pk, 2, "fit")
    ]
    text = client.get(slip).content.decode()
    assert f"{order.number}/R1" in text
    assert "<svg" in text
    assert "Maison<br>Returns<br>10115 Berlin" in text
    send_messages()
    [told] = [one for one in mail.outbox if "send back" in one.subject]
    assert slip in str(told.body)
    assert "Postage is free." in str(told.body)


def test_own_label_of_the_brand_takes_the_slips_place(order: Order, brand: Brand) -> None:
    label = "https://carrier.test/label"
    ReturnPolicy.objects.create(brand=brand, label_url=label)
    ship(order, {line(order, "CREAM").pk: 3})
    made = announced(order)
    assert f'href="{label}"' in Client().get(return_links.path_of(made)).content.decode()
    mail.outbox.clear()
    send_messages()
    [told] = [one for one in mail.outbox if "send back" in one.subject]
    assert label in str(told.body)


@pytest.mark.parametrize(
    ("units", "reason", "status"),
    [("4", "fit", 409), ("-1", "fit", 422), ("²", "fit", 422), ("9" * 30, "fit", 422),
     ("1", "", 422), ("1", "withdrawn", 422), ("0", "fit", 422)],
)  # fmt: skip
def test_wrong_return_is_refused_and_changes_nothing(
    order: Order, client: Client, units: str, reason: str, status: int
) -> None:
    cream = line(order, "CREAM")
    ship(order, {cream.pk: 3})
    typed = {f"units_{cream.pk}": units, f"reason_{cream.pk}": reason}
    answer = client.post(f"{order_links.path_of(order)}/return", typed)
    assert answer.status_code == status
    assert 'data-testid="return-error"' in answer.content.decode()
    assert OrderReturn.objects.for_brand(order.brand).count() == 0


def test_units_are_announced_once(order: Order) -> None:
    ship(order, {line(order, "CREAM").pk: 3})
    announced(order, units=2)
    with pytest.raises(Conflict) as refused:
        announced(order, units=2)
    assert (refused.value.code, refused.value.field) == (
        "not-returnable", f"units.{line(order, 'CREAM').pk}",
    )  # fmt: skip
    assert announced(order, units=1).number == 2


def test_time_for_a_return_is_the_brands(order: Order, brand: Brand) -> None:
    ReturnPolicy.objects.create(brand=brand, days=10)
    ship(order, {line(order, "CREAM").pk: 3}, days_ago=18)  # and seven to arrive
    with pytest.raises(Conflict) as refused:
        announced(order)
    assert refused.value.code == "return-over"
    assert 'data-testid="return-order"' not in page_of(order)


# --- receiving it


def test_clerk_receives_some_and_the_money_and_the_stock_follow(
    order: Order, clerk: User, cream: Variant, brush: Variant
) -> None:
    creams, brushes = line(order, "CREAM"), line(order, "BRUSH")
    ship(order, {creams.pk: 3, brushes.pk: 1})
    reasons = {creams.pk: "fit", brushes.pk: "damaged"}
    made = returns.announce(order, {creams.pk: 3, brushes.pk: 1}, reasons, utc_now(), key=new_id())
    on_hand = level(cream)[0], level(brush)[0]
    came = {creams.pk: Received(2, "as-new", restock=True), brushes.pk: Received(1, "damaged")}
    returns.receive(made, came, 0, utc_now(), by=clerk)
    amounts = OrderRefund.objects.for_brand(order.brand).order_by("amount")
    assert [(one.amount, one.restock) for one in amounts] == [(500, False), (2 * CREAM, True)]
    assert (level(cream)[0], level(brush)[0]) == (on_hand[0] + 2, on_hand[1])
    with pytest.raises(Conflict):
        returns.receive(made, came, 0, utc_now(), by=clerk)
    assert OrderRefund.objects.for_brand(order.brand).count() == 2
    assert "Your return arrived" in page_of(order)
    assert returns.returnable(order) == {creams.pk: 1}


def test_more_than_announced_cannot_be_received(order: Order, clerk: User) -> None:
    ship(order, {line(order, "CREAM").pk: 3})
    made = announced(order, units=2)
    for came in (
        {line(order, "CREAM").pk: Received(3)},
        {},
        {line(order, "BRUSH").pk: Received(1)},
    ):
        with pytest.raises(Invalid):
            returns.receive(made, came, 0, utc_now(), by=clerk)
    assert OrderRefund.objects.for_brand(order.brand).count() == 0


def test_back_office_receives_a_return_and_names_what_is_wrong(
    order: Order, clerk: User, client: Client
) -> None:
    sign_in_confirmed(client, clerk)
    cream = line(order, "CREAM")
    ship(order, {cream.pk: 3})
    made = announced(order, units=2)
    url = reverse("admin:fulfilment_orderreturn_change", args=[made.pk])
    page = client.get(url).content.decode()
    assert f"units_{cream.pk}" in page
    typed = {
        "outcome": "received", f"units_{cream.pk}": "1", f"condition_{cream.pk}": "opened",
        f"restock_{cream.pk}": "on",
    }  # fmt: skip
    wrong = client.post(url, {**typed, "shipping": "99999"})
    assert "So much shipping was not paid." in wrong.content.decode()
    assert OrderRefund.objects.for_brand(order.brand).count() == 0
    assert client.post(url, {**typed, "shipping": "0"}).status_code == 302
    assert OrderRefund.objects.for_brand(order.brand).get().amount == CREAM
    made.refresh_from_db()
    assert (made.state, made.by) == ("received", clerk)
    assert f"units_{cream.pk}" not in client.get(url).content.decode()


def test_refusal_is_read_on_the_order_page_and_in_a_mail(
    order: Order, clerk: User, client: Client
) -> None:
    sign_in_confirmed(client, clerk)
    ship(order, {line(order, "CREAM").pk: 3})
    made = announced(order)
    send_messages()
    mail.outbox.clear()
    cream = line(order, "CREAM")
    url = reverse("admin:fulfilment_orderreturn_change", args=[made.pk])
    typed = {f"units_{cream.pk}": "2", f"condition_{cream.pk}": "as-new", "outcome": "refused"}
    assert "Say why: the buyer reads it." in client.post(url, typed).content.decode()
    client.post(url, {**typed, "refusal": "The seal is broken."})
    page = page_of(order)
    assert "Your return was refused" in page
    assert "The seal is broken." in page
    send_messages()
    [told] = mail.outbox
    assert told.subject == f"Your return of order {order.number} was refused"
    assert "2 × Product CREAM" in str(told.body)
    assert "Reason: The seal is broken." in str(told.body)
    assert OrderRefund.objects.for_brand(order.brand).count() == 0
