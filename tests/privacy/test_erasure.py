"""Erasing a person: nothing about them is left but what the law keeps."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.test import Client

from showfloor.accounts import bans
from showfloor.accounts.models import (
    Brand,
    Member,
    Role,
    StaffInvitation,
    StaffRole,
    User,
)
from showfloor.accounts.tokens import Claims
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.models import (
    Cart,
    Checkout,
    CheckoutState,
    Order,
    Payment,
    ShippingOption,
)
from showfloor.checkout.services import checkout as checkouts
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from showfloor.kernel.ids import new_id
from showfloor.outbox.jobs import send_messages
from showfloor.outbox.models import IdempotencyKey
from showfloor.outbox.services import queue_email
from showfloor.privacy.erasure import erase
from showfloor.stock.models import Hold, Stock
from tests.checkout.shopping import DECLINED, Shopper, deliver
from tests.community.interacting import asked
from tests.conftest import make_staff
from tests.stock.helpers import make_variant
from tests.support.chat import post_message
from tests.support.shows import make_show
from tests.support.traces import tables_with

NAME, EMAIL, PHONE, STREET = "Zaphodine", "zaphodine@quell.test", "5550142", "Vogonstrasse"
WORDS = "quixotically"
TRACES = (NAME, EMAIL, PHONE, STREET, WORDS)
DETAILS = {
    "email": EMAIL.capitalize(), "name": f"{NAME} Quell",
    "address": {
        "line1": f"{STREET} 42", "line2": f"phone +49 170 {PHONE}", "postal_code": "10115",
        "city": "Berlin", "country": "DE",
    },
}  # fmt: skip


@pytest.fixture
def owner(brand: Brand) -> User:
    return make_staff(brand, Role.OWNER, "owner@example.test")


@pytest.fixture
def user(db: None) -> User:
    user = User.objects.create_user(EMAIL, first_name=NAME)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


@pytest.fixture
def member(brand: Brand, user: User) -> Member:
    return Member.objects.create(brand=brand, user=user, display_name=NAME, traits=["vip"])


@pytest.fixture
def pay(brand: Brand, tmp_path: Path) -> Iterator[TestPay]:
    pay = TestPay(tmp_path / "testpay.sqlite3", "secret-of-the-tests")
    provider.use(pay)
    ShippingOption(brand=brand, name="Standard", price=490).save()
    make_variant(brand, "CREAM", 50)
    yield pay
    provider.use(None)


def shopper(brand: Brand, subject: str, pay: TestPay) -> Shopper:
    return Shopper(Client(), brand, subject, pay, details=DETAILS)


def shop(shopper: Shopper) -> None:
    """Leave a checkout of every end there is, the last one open, and a cart."""
    bought = shopper.ready("CREAM")
    assert shopper.pay(bought).status == 200
    deliver(shopper.testpay)
    assert send_messages() == 1
    declined = shopper.ready("CREAM")
    assert shopper.pay(declined, DECLINED).status == 402
    assert shopper.call("DELETE", f"/checkouts/{declined}").status == 204
    abandoned = shopper.ready("CREAM")
    assert shopper.call("DELETE", f"/checkouts/{abandoned}").status == 204
    shopper.ready("CREAM")
    assert checkouts.expire_due(utc_now() + timedelta(days=1)) == 1
    shopper.ready("CREAM")


def use_everything(brand: Brand, member: Member, pay: TestPay, owner: User) -> None:
    browser = Client()
    browser.force_login(member.user)
    UserSession.objects.create(
        user=member.user, session_key=browser.session.session_key, ip="192.0.2.7",
        user_agent=f"{NAME}'s phone",
    )  # fmt: skip
    shop(shopper(brand, str(member.subject), pay))
    guest = shopper(brand, f"g:{new_id()}", pay)  # before the account was made
    for _time in range(2):  # the second begins with what was typed into the first
        left = guest.ready("CREAM")
        assert guest.call("DELETE", f"/checkouts/{left}").status == 204
    show = make_show(brand, "Evening")
    claims = Claims(str(member.subject), brand.pk, NAME, (), "net")
    post_message(show, claims, "c1", f"I {WORDS} love it")
    asked(show, claims, f"Is it {WORDS} red?")
    ban = bans.ban(brand.pk, claims.sub, name=NAME, reason=f"{NAME} shouts", by=owner)
    bans.lift_ban(brand.pk, ban.pk)
    for row in (member, member.user):
        of_model = ContentType.objects.get_for_model(type(row))
        LogEntry.objects.create(
            user=owner, content_type=of_model, object_id=row.pk, object_repr=NAME,
            action_flag=CHANGE, change_message="[]",
        )  # fmt: skip
    now = utc_now()
    queue_email(EmailMessage("A code", f"Hello {NAME}", "shop@example.test", [EMAIL]))
    StaffInvitation.objects.create(
        brand=brand, email=EMAIL, role=Role.HOST, expires_at=now + timedelta(days=1)
    )


def test_only_the_books_know_an_erased_person(
    brand: Brand, member: Member, pay: TestPay, owner: User
) -> None:
    use_everything(brand, member, pay, owner)
    assert set(tables_with(*TRACES)) >= {
        "account.EmailAddress", "accounts.Ban", "accounts.Member",
        "accounts.StaffInvitation", "accounts.User", "admin.LogEntry", "checkout.Checkout",
        "checkout.Order", "community.Message", "community.Question", "outbox.IdempotencyKey",
        "outbox.OutgoingMessage", "timeline.Entry", "usersessions.UserSession",
    }  # fmt: skip
    found = erase(brand, str(member.subject), owner)
    # The order is the brand's book of what was sold, to whom, and where it went: the law keeps it.
    assert tables_with(*TRACES) == ["checkout.Order"]
    assert (found["carts"], found["checkouts"], found["paid_checkouts"]) == (1, 5, 2)
    order = Order.objects.for_brand(brand).get()
    assert (order.email, order.name, order.line1) == (
        EMAIL.capitalize(), f"{NAME} Quell", f"{STREET} 42",
    )  # fmt: skip
    assert Payment.objects.for_brand(brand).count() == 2
    kept = Checkout.objects.for_brand(brand).values_list("state", flat=True)
    assert sorted(kept) == [CheckoutState.ABANDONED, CheckoutState.COMPLETED]
    assert not Stock.objects.for_brand(brand).filter(reserved__gt=0).exists()
    assert not User.objects.filter(email=EMAIL).exists()


def test_second_erasure_finds_nothing(
    brand: Brand, member: Member, pay: TestPay, owner: User
) -> None:
    use_everything(brand, member, pay, owner)
    erase(brand, str(member.subject), owner)
    assert set(erase(brand, str(member.subject), owner).values()) == {0}


def test_others_keep_their_checkouts(
    brand: Brand, other_brand: Brand, member: Member, pay: TestPay, owner: User
) -> None:
    Shopper(Client(), brand, "g:ben", pay).ready("CREAM")
    Cart(brand=other_brand, owner=str(member.subject), currency="EUR").save()
    erase(brand, str(member.subject), owner)
    checkout = Checkout.objects.for_brand(brand).get()
    assert (checkout.state, checkout.email) == (CheckoutState.HOLDING, "anna@example.test")
    assert Hold.objects.for_brand(brand).get().state == "active"
    assert IdempotencyKey.objects.for_brand(brand).exists()
    assert Cart.objects.for_brand(other_brand).exists()


def test_checkout_that_is_being_paid_is_left_to_its_end(
    brand: Brand, member: Member, pay: TestPay, owner: User
) -> None:
    shopper(brand, str(member.subject), pay).ready("CREAM")
    Checkout.objects.for_brand(brand).update(state=CheckoutState.PAYING)
    erase(brand, str(member.subject), owner)
    assert Checkout.objects.for_brand(brand).get().email == EMAIL.capitalize()
    Checkout.objects.for_brand(brand).update(state=CheckoutState.EXPIRED)
    erase(brand, str(member.subject), owner)
    assert not Checkout.objects.for_brand(brand).exists()


def test_account_stays_while_another_brand_knows_it(
    brand: Brand, other_brand: Brand, member: Member, user: User, owner: User
) -> None:
    elsewhere = Member.objects.create(brand=other_brand, user=user, display_name="Zaph")
    erase(brand, str(member.subject), owner)
    assert list(Member.objects.all_brands()) == [elsewhere]
    assert User.objects.get(pk=user.pk).email == EMAIL
    erase(other_brand, str(elsewhere.subject), owner)
    assert not User.objects.filter(pk=user.pk).exists()


def test_account_of_staff_stays(
    brand: Brand, other_brand: Brand, member: Member, user: User, owner: User
) -> None:
    StaffRole.objects.create(brand=other_brand, user=user, role=Role.HOST)
    erase(brand, str(member.subject), owner)
    assert User.objects.filter(pk=user.pk).exists()
    assert not Member.objects.all_brands().exists()


def test_banned_member_cannot_come_back_as_a_new_one(
    brand: Brand, member: Member, owner: User
) -> None:
    bans.ban(brand.pk, str(member.subject), name=NAME, by=owner)
    erase(brand, str(member.subject), owner)
    kept = Member.objects.for_brand(brand).get()
    assert (kept.pk, kept.display_name, kept.traits) == (member.pk, "", [])
    assert bans.is_banned(brand.pk, str(kept.subject), "")


@pytest.mark.parametrize("subject", ["", "everyone", "g:", "x:" + "0" * 26, "m:%", "g:*"])
def test_text_that_names_nobody_is_refused(brand: Brand, owner: User, subject: str) -> None:
    with pytest.raises(Invalid) as refused:
        erase(brand, subject, owner)
    assert refused.value.field == "subject"


def test_person_can_ask_for_it_alone(brand: Brand, member: Member) -> None:
    show = make_show(brand, "Evening")
    post_message(show, Claims(str(member.subject), brand.pk, NAME), "c1", WORDS)
    found: Any = erase(brand, str(member.subject), None)
    assert (found["messages"], tables_with(NAME, WORDS, EMAIL)) == (1, [])


def test_session_rows_go_with_the_account(brand: Brand, member: Member, owner: User) -> None:
    browser = Client()
    browser.force_login(member.user)
    key = browser.session.session_key
    UserSession.objects.create(user=member.user, session_key=key, ip="192.0.2.7", user_agent="X")
    assert (UserSession.objects.count(), Session.objects.count()) == (1, 1)
    erase(brand, str(member.subject), owner)
    assert (UserSession.objects.count(), Session.objects.count()) == (0, 0)
    assert browser.get("/accounts/sessions/").status_code == 302
