"""Mails from before the outbox was a room of its own are still sent, and still shown."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from showfloor.accounts.models import Brand
from showfloor.checkout.models import Checkout, Order
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.outbox.models import OutgoingMessage

COPYING = import_module("showfloor.outbox.migrations.0002_mails_of_orders_and_accounts")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def before() -> Iterator[Any]:
    """The models of before, with their tables of mails."""
    loader = MigrationLoader(connection)
    nodes = [("checkout", "0006_what_is_forgotten"), ("accounts", "0010_legal_texts")]
    apps = loader.project_state(nodes).apps
    tables = [apps.get_model("checkout.OutgoingMail"), apps.get_model("accounts.AccountMail")]
    with connection.schema_editor() as editor:
        for table in tables:
            editor.create_model(table)
    yield apps
    with connection.schema_editor() as editor:
        for table in tables:
            editor.delete_model(table)


def order_of(brand: Brand) -> str:
    now, amounts = utc_now(), {"subtotal": 100, "tax_included": 16, "total": 100}
    common: Any = {"brand": brand, "owner": "g:anna", "currency": "EUR", **amounts}
    checkout = Checkout(**common, state="completed", created_at=now, expires_at=now)
    checkout.save(force_insert=True)
    order = Order(**common, number="ABCD-2345", checkout=checkout, placed_at=now)
    order.save(force_insert=True)
    return order.pk


def copy() -> None:
    with connection.cursor() as cursor:
        cursor.execute(COPYING.COPY_ORDER_MAILS)
        cursor.execute(COPYING.COPY_ACCOUNT_MAILS)


def test_mail_about_an_order_keeps_its_message_id_and_its_order(before: Any, brand: Brand) -> None:
    order_id, now, later = order_of(brand), utc_now(), utc_now() + timedelta(seconds=5)
    mail = before.get_model("checkout.OutgoingMail")(
        id=new_id(), brand_id=brand.pk, order_id=order_id, kind="order-confirmed",
        to="zoe@example.test", state="queued", attempts=2, due_at=later, last_error="away",
        created_at=now,
    )  # fmt: skip
    mail.save(force_insert=True)
    copy()
    message = OutgoingMessage.objects.for_brand(brand).get()
    assert (message.pk, message.cause) == (mail.pk, f"checkout.order:{order_id}")
    assert message.message_id == f"<{mail.pk}@showfloor>"
    assert (message.kind, message.recipient) == ("order-confirmed", "zoe@example.test")
    assert (message.state, message.attempts, message.due_at) == ("queued", 2, later)
    assert (message.last_error, message.text, message.is_transient) == ("away", "", False)


def test_mail_about_an_account_stays_one_that_is_deleted_when_it_is_sent(before: Any) -> None:
    now = utc_now()
    before.get_model("accounts.AccountMail")(
        to="zoe@example.test", sender="Maison <a@example.test>", subject="Your code", text="123",
        html="<p>123</p>", message_id="<1@showfloor>", attempts=1, due_at=now, created_at=now,
    ).save(force_insert=True)  # fmt: skip
    copy()
    message = OutgoingMessage.objects.all_brands().get()
    assert (message.brand_id, message.kind, message.cause) == (None, "account", "")
    assert (message.recipient, message.sender) == ("zoe@example.test", "Maison <a@example.test>")
    assert (message.subject, message.text, message.html) == ("Your code", "123", "<p>123</p>")
    assert (message.message_id, message.state, message.attempts) == ("<1@showfloor>", "queued", 1)
    assert message.is_transient
