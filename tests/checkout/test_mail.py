"""The order's mail: one, with everything in it, also when sending goes wrong."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.template import TemplateSyntaxError

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Product, Variant
from showfloor.checkout import order_emails
from showfloor.checkout.models import MailKind, MailState, OutgoingMail
from showfloor.checkout.order_emails import EmailContent
from showfloor.checkout.services import mail
from showfloor.kernel.clock import utc_now
from tests.checkout.shopping import Shopper, deliver
from tests.stock.helpers import make_variant


@pytest.fixture
def queued(shopper: Shopper, brand: Brand, testpay: TestPay) -> OutgoingMail:
    """The mail of an order of two creams in a size, with a picture."""
    cream = make_variant(brand, "CREAM", 9, price=1990)
    Product.objects.for_brand(brand).update(name="Crème <b>& more</b>", image="products/cream.jpg")
    Variant.objects.for_brand(brand).filter(pk=cream.pk).update(options={"Size": "50 ml"})
    shopper.pay(shopper.ready("CREAM", 2))
    deliver(testpay)
    return OutgoingMail.objects.for_brand(brand).get()


class Postman:
    """Stands in for the sending of a mail, and does what it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.trouble: BaseException | None = None
        self.taken: list[str] = []
        postman = self

        def send(message: EmailMultiAlternatives, **_options: Any) -> int:
            if postman.trouble is not None:
                raise postman.trouble
            postman.taken.append(message.extra_headers["Message-ID"])
            return 1

        monkeypatch.setattr(EmailMultiAlternatives, "send", send)


@pytest.fixture
def postman(monkeypatch: pytest.MonkeyPatch) -> Postman:
    return Postman(monkeypatch)


def test_the_mail_says_what_was_bought(queued: OutgoingMail) -> None:
    assert mail.send_due(utc_now()) == 1
    (sent,) = outbox.outbox
    number = queued.order.number
    assert sent.extra_headers["Message-ID"] == f"<{queued.pk}@showfloor>"
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    for body in (str(sent.body), html):
        for fact in (number, "€39.80", "€4.90", "€44.70", "€7.14", "50 ml", "10115 Berlin"):
            assert fact in body, fact
    assert "Crème <b>& more</b>" in sent.body
    assert "Crème &lt;b&gt;&amp; more&lt;/b&gt;" in html
    assert 'src="http://localhost:8000/uploads/products/cream.jpg"' in html
    queued.refresh_from_db()
    assert (queued.state, queued.subject, queued.html) == (MailState.SENT, sent.subject, html)


def test_the_mail_is_written_in_the_orders_language(queued: OutgoingMail) -> None:
    queued.order.language = "de"
    queued.order.save()
    assert mail.send_due(utc_now()) == 1
    queued.refresh_from_db()
    assert 'lang="de"' in queued.html
    assert "44,70\N{NO-BREAK SPACE}€" in queued.text


def test_a_brands_name_makes_no_header(queued: OutgoingMail, brand: Brand) -> None:
    Brand.objects.filter(pk=brand.pk).update(name="Maison\nBcc: all@example.test")
    assert mail.send_due(utc_now()) == 1
    number = queued.order.number
    assert outbox.outbox[0].subject == f"Your order {number} at Maison Bcc: all@example.test"


@pytest.mark.parametrize("trouble", [ConnectionRefusedError(), smtplib.SMTPServerDisconnected()])
def test_a_mail_server_that_is_down_is_tried_again_later(
    queued: OutgoingMail, postman: Postman, trouble: Exception
) -> None:
    postman.trouble, now = trouble, utc_now()
    assert (mail.send_due(now), mail.send_due(now)) == (0, 0)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (MailState.QUEUED, 1)
    postman.trouble = None
    assert mail.send_due(now + timedelta(seconds=mail.BACKOFF[0] - 1)) == 0
    assert mail.send_due(now + timedelta(seconds=mail.BACKOFF[0])) == 1
    assert postman.taken == [queued.message_id]


def test_a_mail_that_cannot_be_sent_is_given_up_on(queued: OutgoingMail, postman: Postman) -> None:
    postman.trouble, now = OSError("x" * 1000), utc_now()
    for _attempt in range(mail.ATTEMPTS_MAX + 2):
        now += timedelta(hours=1)
        mail.send_due(now)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (MailState.FAILED, mail.ATTEMPTS_MAX)
    assert queued.last_error == "x" * 300


def test_a_process_that_died_while_sending_is_followed_by_another(
    queued: OutgoingMail, postman: Postman
) -> None:
    """Under the same Message-ID: if the first one got through after all, it is the same one."""
    postman.trouble, now = KeyboardInterrupt(), utc_now()
    with pytest.raises(KeyboardInterrupt):
        mail.send_due(now)
    queued.refresh_from_db()
    assert queued.state == MailState.SENDING
    postman.trouble = None
    assert mail.send_due(now + mail.LEASE - timedelta(seconds=1)) == 0
    assert mail.send_due(now + mail.LEASE) == 1
    assert postman.taken == [queued.message_id]


@pytest.mark.parametrize(
    ("trouble", "tried"),
    [(TimeoutError(), 1), (smtplib.SMTPRecipientsRefused({}), 2)],
)
def test_a_server_that_is_away_is_asked_once_in_a_round(
    queued: OutgoingMail, postman: Postman, trouble: Exception, tried: int
) -> None:
    """A refused address holds up nobody else; a dead server is not waited for twenty times."""
    now = utc_now()
    mail.queue(queued.order, MailKind.ORDER_CANCELLED, now)
    postman.trouble = trouble
    assert mail.send_due(now) == 0
    attempts = OutgoingMail.objects.for_brand(queued.brand_id).values_list("attempts", flat=True)
    assert sum(attempts) == tried


@pytest.mark.parametrize(
    "trouble", [ValueError("a line break in a header"), TemplateSyntaxError("an unknown tag")]
)
def test_a_mail_that_cannot_be_written_is_given_up_and_the_others_go_out(
    queued: OutgoingMail,
    postman: Postman,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
) -> None:
    now = utc_now()
    mail.queue(queued.order, MailKind.ORDER_CANCELLED, now + timedelta(seconds=1))
    written = order_emails.render

    def write(row: OutgoingMail) -> EmailContent:
        if row.pk == queued.pk:
            raise trouble
        return written(row)

    monkeypatch.setattr(order_emails, "render", write)
    later = now + timedelta(seconds=1)
    assert (mail.send_due(later), mail.send_due(later + timedelta(days=1))) == (1, 0)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (MailState.FAILED, 1)
    assert queued.last_error == str(trouble)
    assert len(postman.taken) == 1
