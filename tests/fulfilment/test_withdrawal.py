"""The withdrawal function, clause by clause: Directive 2011/83/EU Art. 11a, as Directive (EU)
2023/2673 inserted it, and the rights around it (Art. 9, 10, 13, 16)."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation

from showfloor.accounts.models import Brand, User
from showfloor.checkout import order_links
from showfloor.checkout.models import Order, OrderLine, Payment
from showfloor.checkout.services import payment_events
from showfloor.fulfilment import returns, shipments, withdrawal_rules, withdrawals
from showfloor.fulfilment.return_models import OrderReturn, Withdrawal
from showfloor.fulfilment.shipments import Parcel
from showfloor.fulfilment.withdrawal_rules import Statement
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.legal.models import SellerProfile
from showfloor.outbox.jobs import send_messages
from showfloor.outbox.models import OutgoingMessage
from showfloor.site.views import withdrawal as pages
from tests.fulfilment.conftest import line

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    pages._per_network.clear()
    pages._per_address.clear()


def address(order: Order) -> str:
    return f"{order_links.path_of(order)}/withdraw"


def confirm(client: Client, url: str, typed: dict[str, str]) -> str:
    """Go both steps; return the address of the receipt."""
    page = client.post(url, typed).content.decode()
    signed = re.search(r'name="statement" value="([^"]+)"', page)
    assert signed is not None, page
    return client.post(url, {"statement": signed[1]})["Location"]


def sent(order: Order, days_ago: float = 1) -> None:
    """All of the order left the house so long ago."""
    shipments.ship(
        order, shipments.open_units(order), Parcel(), f"all-{days_ago}",
        utc_now() - timedelta(days=days_ago), tell=False,
    )  # fmt: skip


def guest_form(order: Order, **more: str) -> dict[str, str]:
    typed = {"name": "Anna Muster", "contract": order.number, "email": order.email}
    return {**typed, "what": "whole", **more}


# --- Art. 11a(1): the function and its label


@pytest.mark.parametrize(
    ("language", "label", "confirmation"),
    [
        ("en", "Withdraw from contract here", "Confirm withdrawal"),
        ("de", "Vertrag hier widerrufen", "Widerruf bestätigen"),
    ],
)
def test_buttons_carry_the_words_of_the_law(
    order: Order, client: Client, language: str, label: str, confirmation: str
) -> None:
    """Art. 11a(1) and (3)."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    for page in (order_links.path_of(order), address(order), f"/brands/{order.brand.slug}/"):
        assert label in client.get(page).content.decode(), page
    assert confirmation in client.post(address(order), guest_form(order)).content.decode()


def test_function_is_there_throughout_the_period_and_not_after(
    order: Order, client: Client
) -> None:
    """Art. 11a(1): continuously available; before the goods are sent, too."""
    page = order_links.path_of(order)
    assert 'data-testid="withdraw-order"' in client.get(page).content.decode()
    sent(order, days_ago=1)
    during = client.get(page).content.decode()
    assert 'data-testid="withdraw-order"' in during
    assert "The period for a withdrawal ends with" in during


def test_after_the_period_the_page_says_so_in_words_and_takes_no_statement(
    order: Order, client: Client
) -> None:
    Order.objects.all_brands().update(legal_versions={"withdrawal": "told"})
    order.refresh_from_db()
    sent(order, days_ago=60)
    page = client.get(order_links.path_of(order)).content.decode()
    assert "The period for a withdrawal from this contract is over." in page
    assert 'data-testid="withdraw-order"' not in page
    form = client.get(address(order)).content.decode()
    assert "The period for a withdrawal from this contract ended" in form
    assert client.post(address(order), guest_form(order)).status_code == 409
    guest = client.post(f"/brands/{order.brand.slug}/withdraw", guest_form(order))
    assert guest.status_code == 409
    assert Withdrawal.objects.for_brand(order.brand).count() == 0


def test_function_is_at_the_foot_of_every_page_and_not_for_sellers_to_businesses(
    brand: Brand, client: Client
) -> None:
    """Art. 11a(1): prominent and easy to reach."""
    home = f"/brands/{brand.slug}/"
    link = f'href="/brands/{brand.slug}/withdraw"'
    assert link in client.get(home).content.decode()
    SellerProfile.objects.create(brand=brand, sells_to="businesses")
    assert link not in client.get(home).content.decode()


# --- Art. 11a(2): the statement


def test_statement_asks_for_name_contract_and_an_electronic_address_and_no_more(
    brand: Brand, client: Client
) -> None:
    """Art. 11a(2)(a) to (c)."""
    page = client.get(f"/brands/{brand.slug}/withdraw").content.decode()
    form = page.partition('data-testid="withdrawal-form"')[2].partition("</form>")[0]
    names = set(re.findall(r'name="(\w+)"', form))
    assert names == {"csrfmiddlewaretoken", "name", "contract", "email", "what", "part"}


@pytest.mark.parametrize("field", ["name", "contract", "email"])
def test_missing_part_of_the_statement_is_named_and_nothing_is_declared(
    order: Order, client: Client, field: str
) -> None:
    url = f"/brands/{order.brand.slug}/withdraw"
    answer = client.post(url, guest_form(order, **{field: " "}))
    assert answer.status_code == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.content.decode())
    assert Withdrawal.objects.for_brand(order.brand).count() == 0


def test_part_of_the_contract_can_be_withdrawn_from(order: Order, client: Client) -> None:
    """Art. 11a(2)(b): the contract, or the part of it."""
    cream = line(order, "CREAM")
    confirm(client, address(order), guest_form(order, what="part", **{f"units_{cream.pk}": "2"}))
    made = Withdrawal.objects.for_brand(order.brand).get()
    assert (made.is_whole, made.units) == (False, {cream.pk: 2})
    assert shipments.open_units(order)[cream.pk] == 1
    too_many = guest_form(order, what="part", **{f"units_{cream.pk}": "2"})
    assert client.post(address(order), too_many).status_code == 422


# --- Art. 11a(3): the second step


def test_nothing_is_declared_before_it_is_confirmed(order: Order, client: Client) -> None:
    page = client.post(address(order), guest_form(order))
    assert 'data-testid="confirm-withdrawal"' in page.content.decode()
    assert Withdrawal.objects.for_brand(order.brand).count() == 0
    assert client.post(address(order), {"statement": "made-up"}).status_code == 422
    assert Withdrawal.objects.for_brand(order.brand).count() == 0


def test_confirming_twice_declares_once(order: Order, client: Client) -> None:
    page = client.post(address(order), guest_form(order)).content.decode()
    signed = re.search(r'name="statement" value="([^"]+)"', page)
    assert signed is not None
    first = client.post(address(order), {"statement": signed[1]})["Location"]
    assert client.post(address(order), {"statement": signed[1]})["Location"] == first
    assert Withdrawal.objects.for_brand(order.brand).count() == 1


# --- Art. 11a(4): the receipt


def test_receipt_has_content_date_and_time_and_is_mailed_within_a_minute(
    order: Order, client: Client
) -> None:
    """Art. 11a(4): on a durable medium, without undue delay."""
    mail.outbox.clear()
    before = utc_now()
    receipt = confirm(
        client, address(order), guest_form(order, name="Anna M.", email="other@example.test")
    )
    made = Withdrawal.objects.for_brand(order.brand).get()
    row = OutgoingMessage.objects.for_brand(order.brand).get(kind=withdrawals.MAIL_KIND)
    assert row.due_at == made.submitted_at  # the job that sends looks every half second
    assert before <= made.submitted_at <= utc_now()
    send_messages()
    [message] = [one for one in mail.outbox if one.to == ["other@example.test"]]
    local = made.submitted_at.astimezone(BERLIN)
    for text in (str(message.body), client.get(receipt).content.decode()):
        assert "Anna M." in text
        assert order.number in text
        assert f"3 × {line(order, 'CREAM').product_name}" in text
        assert f"{local:%H:%M:%S}" in text
        assert str(local.year) in text


def test_declared_withdrawal_is_in_time_when_it_is_sent_before_the_period_ends() -> None:
    """Art. 11a(5), with Art. 9 and Regulation 1182/71 Art. 3: the last hour of the last day."""
    shipped = datetime(2026, 6, 1, 10, tzinfo=UTC)  # a Monday; here by the 8th
    end = withdrawal_rules.period_end(shipped, is_sent=True, is_informed=True, days=14, zone=BERLIN)
    assert end == datetime(2026, 6, 23, tzinfo=BERLIN)  # after the whole of the 22nd


def test_period_never_ends_on_a_weekend() -> None:
    end = withdrawal_rules.period_end(
        datetime(2026, 6, 5, 10, tzinfo=UTC), is_sent=True, is_informed=True, days=15, zone=BERLIN
    )
    assert end == datetime(2026, 6, 30, tzinfo=BERLIN)  # Saturday the 27th becomes Monday


def test_period_has_no_end_before_everything_is_sent_and_is_longer_without_instruction() -> None:
    """Art. 9(2)(b) and Art. 10(1)."""
    shipped = datetime(2026, 6, 1, tzinfo=UTC)
    for last, is_sent in ((None, False), (shipped, False)):
        assert (
            withdrawal_rules.period_end(
                last, is_sent=is_sent, is_informed=True, days=14, zone=BERLIN
            )
            is None
        )
    end = withdrawal_rules.period_end(
        shipped, is_sent=True, is_informed=False, days=14, zone=BERLIN
    )
    assert end is not None
    assert end.date().isoformat() == "2027-06-24"


# --- guests


def test_guest_withdraws_without_account_and_without_the_orders_link(
    order: Order, brand: Brand
) -> None:
    """Art. 11a(1): for everybody who has concluded a contract."""
    typed = guest_form(order, contract=f" {order.number.lower()} ", email=order.email.upper())
    confirm(Client(), f"/brands/{brand.slug}/withdraw", typed)
    made = Withdrawal.objects.for_brand(brand).get()
    assert (made.order_id, made.state) == (order.pk, "settled")
    order.refresh_from_db()
    assert (order.state, order.cancel_reason) == ("cancelled", "withdrawn")


def test_statement_without_a_known_order_is_taken_and_confirmed_all_the_same(
    order: Order, brand: Brand, client: Client
) -> None:
    """A number with a foreign address answers as one that does not exist."""
    for typed in (
        guest_form(order, email="mallory@example.test"),
        guest_form(order, contract="The lipstick from Tuesday", what="part", part="One of two"),
    ):
        confirm(client, f"/brands/{brand.slug}/withdraw", typed)
    assert [
        (one.order_id, one.contract, one.part, one.state)
        for one in Withdrawal.objects.for_brand(brand).order_by("submitted_at")
    ] == [
        (None, order.number, "", "open"), (None, "The lipstick from Tuesday", "One of two", "open"),
    ]  # fmt: skip
    order.refresh_from_db()
    assert order.state == "confirmed"
    rows = OutgoingMessage.objects.for_brand(brand).filter(kind=withdrawals.MAIL_KIND)
    assert rows.count() == 2


def test_one_address_gets_so_many_receipts_an_hour(order: Order, brand: Brand) -> None:
    url = f"/brands/{brand.slug}/withdraw"
    typed = guest_form(order, contract="X")
    for _n in range(5):
        confirm(Client(), url, typed)
    page = Client().post(url, typed).content.decode()
    signed = re.search(r'name="statement" value="([^"]+)"', page)
    assert signed is not None
    assert Client().post(url, {"statement": signed[1]}).status_code == 429
    assert Withdrawal.objects.for_brand(brand).count() == 5


# --- Art. 13 and 16: what follows, and what is excepted


def test_withdrawal_before_sending_cancels_and_sends_the_money_back(
    order: Order, client: Client
) -> None:
    confirm(client, address(order), guest_form(order))
    order.refresh_from_db()
    assert (order.state, order.cancel_reason) == ("cancelled", "withdrawn")
    payment = Payment.objects.for_brand(order.brand).get()
    assert payment_events.ledger_of(payment).refundable == 0


def test_withdrawal_after_sending_makes_a_return_with_all_of_the_shipping(
    order: Order, client: Client, clerk: User
) -> None:
    """Art. 13(1): all payments, with standard delivery."""
    sent(order)
    confirm(client, address(order), guest_form(order))
    made = OrderReturn.objects.for_brand(order.brand).get()
    assert made.withdrawal is not None
    assert {row.line.sku: row.quantity for row in made.lines.all()} == {"CREAM": 3, "BRUSH": 1}
    assert returns.shipping_due(made) == order.shipping
    with pytest.raises(Conflict) as refused:
        returns.refuse(made, "We would rather not.", utc_now(), by=clerk)
    assert refused.value.code == "of-a-withdrawal"


@pytest.mark.parametrize("kind", ["bespoke", "perishable", "dated", "digital"])
def test_excepted_goods_are_named_and_left_out(order: Order, client: Client, kind: str) -> None:
    """Art. 16(c), (d), (l), (m)."""
    Order.objects.all_brands().update(consented_at=utc_now())
    OrderLine.objects.all_brands().filter(sku="CREAM").update(withdrawal_exception=kind)
    page = client.get(address(order)).content.decode()
    assert "it cannot be withdrawn from" in page
    cream, brush = line(order, "CREAM"), line(order, "BRUSH")
    assert f"units_{cream.pk}" not in page
    part = guest_form(order, what="part", **{f"units_{cream.pk}": "1"})
    assert client.post(address(order), part).status_code == 422
    confirm(client, address(order), guest_form(order))
    assert Withdrawal.objects.for_brand(order.brand).get().units == {brush.pk: 1}


def test_sealed_goods_can_be_withdrawn_from_while_the_seal_is_unbroken(
    order: Order, client: Client
) -> None:
    """Art. 16(e)."""
    OrderLine.objects.all_brands().filter(sku="CREAM").update(withdrawal_exception="sealed")
    page = client.get(address(order)).content.decode()
    assert "only while the seal is unbroken" in page
    assert f"units_{line(order, 'CREAM').pk}" in page


def test_statement_is_kept_when_what_follows_fails(order: Order) -> None:
    """An order that is not paid can't be cancelled by line; staff sees the statement."""
    cream = line(order, "CREAM")
    Order.objects.all_brands().update(state="placed")
    order.refresh_from_db()
    given = Statement("Anna", order.number, order.email, units={cream.pk: 1})
    made = withdrawals.declare(order.brand, order, given, "01J0000000000000000000000K", utc_now())
    assert made.state == "open"
    assert OutgoingMessage.objects.for_brand(order.brand).filter(kind=withdrawals.MAIL_KIND)


def test_receipt_is_in_the_language_of_the_statement(order: Order) -> None:
    mail.outbox.clear()
    with translation.override("de"):
        given = Statement("Anna", order.number, order.email)
        withdrawals.declare(order.brand, order, given, "01J0000000000000000000000L", utc_now())
    send_messages()
    [message] = [one for one in mail.outbox if "Widerruf" in one.subject]
    assert "Abgegeben am" in str(message.body)


def test_form_with_an_error_keeps_the_units_that_were_chosen(order: Order, client: Client) -> None:
    sent(order, days_ago=1)
    chosen = line(order, "CREAM").pk
    more = {"what": "part", f"units_{chosen}": "2", "email": "no address"}
    page = client.post(address(order), guest_form(order, **more))
    assert page.status_code == 422
    assert '<option value="2" selected>' in page.content.decode()
