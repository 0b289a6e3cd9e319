"""The order's mail: one for each order and kind, with everything in it."""

from email.utils import format_datetime

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Product, Variant
from showfloor.checkout import order_emails
from showfloor.checkout.models import Order
from showfloor.checkout.order_emails import MailKind
from showfloor.kernel.clock import utc_now
from showfloor.outbox.jobs import send_messages
from showfloor.outbox.models import MessageState, OutgoingMessage
from tests.checkout.shopping import Shopper, deliver
from tests.stock.helpers import make_variant


@pytest.fixture
def queued(shopper: Shopper, brand: Brand, testpay: TestPay) -> OutgoingMessage:
    """The mail of an order of two creams in a size, with a picture."""
    cream = make_variant(brand, "CREAM", 9, price=1990)
    Product.objects.for_brand(brand).update(name="Crème <b>& more</b>", image="products/cream.jpg")
    Variant.objects.for_brand(brand).filter(pk=cream.pk).update(options={"Size": "50 ml"})
    shopper.pay(shopper.ready("CREAM", 2))
    deliver(testpay)
    return OutgoingMessage.objects.for_brand(brand).get()


def test_mail_names_what_was_bought(queued: OutgoingMessage, brand: Brand) -> None:
    assert send_messages() == 1
    (sent,) = mail.outbox
    number = Order.objects.for_brand(brand).get().number
    assert sent.extra_headers["Message-ID"] == f"<{queued.pk}@showfloor>"
    assert sent.extra_headers["Date"] == format_datetime(queued.created_at)
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    for body in (str(sent.body), html):
        for fact in (number, "€39.80", "€4.90", "€44.70", "€7.14", "50 ml", "10115 Berlin"):
            assert fact in body, fact
    assert "Crème <b>& more</b>" in sent.body
    assert "Crème &lt;b&gt;&amp; more&lt;/b&gt;" in html
    assert 'src="http://localhost:8000/uploads/products/cream.jpg"' in html
    queued.refresh_from_db()
    assert (queued.state, queued.subject, queued.html) == (MessageState.SENT, sent.subject, html)


def test_mail_is_written_in_the_orders_language(queued: OutgoingMessage, brand: Brand) -> None:
    Order.objects.for_brand(brand).update(language="de")
    assert send_messages() == 1
    queued.refresh_from_db()
    assert 'lang="de"' in queued.html
    assert "44,70\N{NO-BREAK SPACE}€" in queued.text


def test_line_break_in_a_brands_name_makes_no_header(queued: OutgoingMessage, brand: Brand) -> None:
    Brand.objects.filter(pk=brand.pk).update(name="Maison\nBcc: all@example.test")
    assert send_messages() == 1
    number = Order.objects.for_brand(brand).get().number
    assert mail.outbox[0].subject == f"Your order {number} at Maison Bcc: all@example.test"


def test_second_mail_of_a_kind_about_an_order_is_not_queued(
    queued: OutgoingMessage, brand: Brand
) -> None:
    order = Order.objects.for_brand(brand).get()
    order_emails.queue(order, MailKind.ORDER_CONFIRMED, utc_now())
    assert OutgoingMessage.objects.for_brand(brand).get().pk == queued.pk
    order_emails.queue(order, MailKind.ORDER_CANCELLED, utc_now())
    assert OutgoingMessage.objects.for_brand(brand).count() == 2
