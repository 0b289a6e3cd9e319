"""*My orders*: a member finds what she bought, a guest by the link in the mail, nobody else."""

import re
from copy import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.signing import Signer
from django.test import Client

from showfloor.accounts.models import Brand, Member
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import order_links
from showfloor.checkout.models import CancelReason, Checkout, Order, OrderState
from showfloor.kernel.clock import utc_now
from showfloor.outbox.jobs import send_messages
from showfloor.site.views.orders import ON_A_PAGE
from tests.accounts.test_log_in import verified
from tests.checkout.shopping import Shopper, deliver
from tests.stock.helpers import make_variant
from tests.support.front_end import pretend_built


@pytest.fixture
def front_end(tmp_path: Path, settings: LazySettings) -> None:
    pretend_built(tmp_path, settings)


def bought(shopper: Shopper, sku: str = "CREAM") -> Order:
    paid = shopper.pay(shopper.ready(sku))
    assert paid.status == 200, paid
    return Order.objects.for_brand(shopper.brand).get(number=paid.body["order"]["number"])


def repeated(order: Order, times: int) -> list[str]:
    """Write down the same order again, one second later each time; return the numbers."""
    first = order.checkout
    checkouts, orders = list[Checkout](), list[Order]()
    for number in range(1, times + 1):
        checkout, later = copy(first), copy(order)
        checkout.pk, later.pk = f"{number}{first.pk}"[:26], f"{number}{order.pk}"[:26]
        later.checkout, later.number = checkout, f"AGAIN-{number:02}"
        later.placed_at = order.placed_at + timedelta(seconds=number)
        checkouts.append(checkout)
        orders.append(later)
    Checkout.objects.all_brands().bulk_create(checkouts)
    Order.objects.all_brands().bulk_create(orders)
    return [order.number for order in orders]


def member(shopper: Shopper, email: str) -> tuple[Client, Shopper]:
    """Someone signed in, in the browser and with a token."""
    user = verified(email)
    row = Member.objects.all_brands().create(brand=shopper.brand, user=user, display_name="Mia")
    client = Client()
    client.force_login(user)
    return client, replace(shopper, sub=f"m:{row.pk}")


def shown(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code)
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_member_finds_her_orders(
    shopper: Shopper, rival: Shopper, brand: Brand, front_end: None
) -> None:
    make_variant(brand, "CREAM", 9, price=1990)
    client, mia = member(shopper, "mia@example.test")
    empty = shown(client, "/orders/")
    assert "Nothing ordered yet" in empty
    mine, theirs = bought(mia), bought(rival)
    page = shown(client, "/orders/")
    assert (mine.number in page, theirs.number in page) == (True, False)
    assert "1 × Product CREAM" in page
    assert "€24.80" in page
    assert "Mia" in page  # the header says who is signed in
    detail = shown(client, f"/orders/{mine.number}")
    for fact in (mine.number, "Lange Straße 1", "10115 Berlin", "€19.90", "€4.90", "€24.80"):
        assert fact in detail, fact
    assert client.get(f"/orders/{theirs.number}").status_code == 404


def test_order_of_a_guest_with_a_proven_address_is_found(
    shopper: Shopper, brand: Brand, front_end: None
) -> None:
    make_variant(brand, "CREAM", 9)
    order = bought(shopper)
    Order.objects.for_brand(brand).update(email="Anna@Example.test")
    client, _anna = member(shopper, "anna@example.test")
    assert order.number in shown(client, "/orders/")
    EmailAddress.objects.update(verified=False)
    assert order.number not in shown(client, "/orders/")


def test_orders_of_another_brand_are_not_shown(
    shopper: Shopper, brand: Brand, other_brand: Brand, front_end: None
) -> None:
    make_variant(brand, "CREAM", 9)
    client, mia = member(shopper, "anna@example.test")
    order = bought(mia)
    assert order.number in shown(client, f"/brands/{brand.slug}/orders/")
    assert order.number not in shown(client, f"/brands/{other_brand.slug}/orders/")
    assert client.get(f"/brands/{other_brand.slug}/orders/{order.number}").status_code == 404


def test_visitor_without_an_account_is_sent_to_the_log_in(brand: Brand, client: Client) -> None:
    answer = client.get("/orders/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/orders/")


def test_link_is_in_the_confirmation_and_in_the_mail(
    shopper: Shopper, brand: Brand, testpay: TestPay, front_end: None
) -> None:
    make_variant(brand, "CREAM", 9)
    paid = shopper.pay(shopper.ready("CREAM"))
    link, number = paid.body["order"]["url"], paid.body["order"]["number"]
    assert shopper.order(number)["url"] == link
    deliver(testpay)
    assert send_messages() == 1
    [message] = mail.outbox
    assert f"See your order: http://localhost:8000{link}" in message.body
    assert message.from_email == "Maison Test <shows@localhost>"
    answer = Client().get(link)
    assert answer.status_code == 200
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("no-referrer", "noindex")
    page = answer.content.decode()
    assert number in page
    assert "Paid. We are preparing it." in page


def test_order_link_is_signed_and_expires(shopper: Shopper, brand: Brand, front_end: None) -> None:
    make_variant(brand, "CREAM", 9)
    order, other = bought(shopper), bought(shopper)
    path = order_links.path_of(order)
    forged = [
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.replace(order.pk, other.pk),
        f"/order/{order.pk}",
        f"/order/{Signer().sign(order.pk)}",
    ]
    for address in forged:
        assert Client().get(address).status_code == 404, address
    Order.objects.for_brand(brand).update(placed_at=utc_now() - timedelta(days=179))
    assert "until" in shown(Client(), path)
    Order.objects.for_brand(brand).update(placed_at=utc_now() - timedelta(days=181))
    answer = Client().get(path)
    assert answer.status_code == 404
    assert "Sign in with the e-mail address of the order" in answer.content.decode()
    assert order.number not in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "reason", "text"),
    [
        (OrderState.PLACED, "", "Bestellt; wir warten auf die Bestätigung der Zahlung."),
        (OrderState.COMPLETED, "", "Verschickt."),
        (OrderState.CANCELLED, CancelReason.SOLD_OUT, "ausverkauft"),
        (OrderState.CANCELLED, CancelReason.BY_STAFF, "Wenn Geld abgebucht wurde"),
    ],
)
def test_order_page_shows_the_state_of_the_order(
    shopper: Shopper, brand: Brand, front_end: None, state: str, reason: str, text: str
) -> None:
    make_variant(brand, "CREAM", 9)
    path = order_links.path_of(bought(shopper))
    Order.objects.for_brand(brand).update(state=state, cancel_reason=reason)
    page = shown(Client(), path, **{"accept-language": "de"})
    assert text in page
    assert "24,80\N{NO-BREAK SPACE}€" in page


def test_many_orders_stand_on_several_pages(
    shopper: Shopper, brand: Brand, front_end: None
) -> None:
    make_variant(brand, "CREAM", 9)
    client, mia = member(shopper, "mia@example.test")
    oldest = bought(mia)
    numbers = [oldest.number, *repeated(oldest, ON_A_PAGE)]
    first, second = shown(client, "/orders/"), shown(client, "/orders/?page=2")
    assert [number for number in numbers if number in first] == numbers[1:]
    assert [number for number in numbers if number in second] == numbers[:1]
    assert re.search(r'href="\?page=2"', first)


def test_member_signs_out_from_the_header(brand: Brand, front_end: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(verified("mia@example.test"))
    page = client.get("/").content.decode()
    assert "mia@example.test" in page  # nameless so far
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    client.post("/accounts/logout/", {"csrfmiddlewaretoken": token[1]})
    assert "_auth_user_id" not in client.session
    assert 'data-testid="sign-out"' not in client.get("/").content.decode()


@pytest.mark.parametrize("is_test", [True, False])
def test_page_and_mail_of_a_test_order_say_that_nothing_was_paid(
    shopper: Shopper, brand: Brand, testpay: TestPay, front_end: None, is_test: bool
) -> None:
    make_variant(brand, "CREAM", 9)
    client, mia = member(shopper, "mia@example.test")
    order = bought(mia)
    deliver(testpay)
    Order.objects.for_brand(brand).update(is_test=is_test)
    assert send_messages() == 1
    sent = mail.outbox[-1]
    said = "This is a test order: no money was taken, and nothing will be sent."
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    page = shown(client, f"/orders/{order.number}")
    assert [said in text for text in (page, str(sent.body), html)] == [is_test] * 3
