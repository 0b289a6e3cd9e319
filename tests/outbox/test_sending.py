"""A message is sent once, also when sending goes wrong."""

import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.template import TemplateSyntaxError
from django.test.utils import CaptureQueriesContext

from showfloor.accounts import account_mails
from showfloor.accounts.mail_layout import MailLayout
from showfloor.accounts.models import Brand
from showfloor.kernel.clock import utc_now
from showfloor.kernel.pacer import Pacer
from showfloor.outbox import kinds, services
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import MessageState, OutgoingMessage
from tests.outbox.postman import Postman, postman

SENDER = "Maison <shop@example.test>"
TO = "zoe@example.test"


class Renderer:
    """Renders the messages of the test's own kind; `trouble` by the cause of a message."""

    def __init__(self) -> None:
        self.trouble: dict[str, Exception] = {}

    def render(self, message: OutgoingMessage) -> Content:
        if message.cause in self.trouble:
            raise self.trouble[message.cause]
        return Content(SENDER, f"About {message.cause}", "Text", "<p>Text</p>")


@pytest.fixture
def renderer() -> Renderer:
    one = Renderer()
    kinds.register(MessageKind("test", "Test", one.render))
    return one


@pytest.fixture
def server() -> Iterator[type[Postman]]:
    with postman() as one:
        yield one


@pytest.fixture
def queued(brand: Brand, renderer: Renderer) -> OutgoingMessage:
    return queue(brand, "test.cause:1", utc_now())


def queue(brand: Brand, cause: str, now: datetime) -> OutgoingMessage:
    services.queue_once(brand.pk, "test", cause, TO, now)
    return OutgoingMessage.objects.for_brand(brand).get(cause=cause)


def test_sent_message_keeps_what_it_said(queued: OutgoingMessage, server: type[Postman]) -> None:
    now = utc_now()
    assert (services.send_due(now), services.send_due(now)) == (1, 0)
    queued.refresh_from_db()
    assert (queued.state, queued.sent_at, queued.attempts) == (MessageState.SENT, now, 1)
    assert (queued.sender, queued.subject) == (SENDER, "About test.cause:1")
    assert (queued.text, queued.html) == ("Text", "<p>Text</p>")
    assert server.taken == [f"<{queued.pk}@showfloor>"]


@pytest.mark.parametrize("trouble", [ConnectionRefusedError(), smtplib.SMTPServerDisconnected()])
def test_message_is_tried_again_later_when_the_server_is_down(
    queued: OutgoingMessage, server: type[Postman], trouble: Exception
) -> None:
    server.trouble, now = trouble, utc_now()
    assert (services.send_due(now), services.send_due(now)) == (0, 0)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (MessageState.QUEUED, 1)
    server.trouble = None
    assert services.send_due(now + timedelta(seconds=services.BACKOFF_S[0] - 1)) == 0
    assert services.send_due(now + timedelta(seconds=services.BACKOFF_S[0])) == 1
    assert server.taken == [queued.message_id]


def test_message_that_cannot_be_sent_is_given_up(
    queued: OutgoingMessage, server: type[Postman]
) -> None:
    server.trouble, now = OSError("x" * 1000), utc_now()
    for _attempt in range(services.ATTEMPTS_MAX + 2):
        now += timedelta(hours=1)
        services.send_due(now)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (MessageState.FAILED, services.ATTEMPTS_MAX)
    assert queued.last_error == "x" * 300


def test_message_of_a_process_that_died_while_sending_is_sent_by_another(
    queued: OutgoingMessage, server: type[Postman]
) -> None:
    """It carries the same Message-ID: if the first one got through after all, it is the same."""
    server.trouble, now = KeyboardInterrupt(), utc_now()
    with pytest.raises(KeyboardInterrupt):
        services.send_due(now)
    queued.refresh_from_db()
    assert queued.state == MessageState.SENDING
    server.trouble = None
    assert services.send_due(now + services.LEASE - timedelta(seconds=1)) == 0
    assert services.send_due(now + services.LEASE) == 1
    assert server.taken == [queued.message_id]


@pytest.mark.parametrize(
    ("trouble", "tried"), [(TimeoutError(), 1), (smtplib.SMTPRecipientsRefused({}), 2)]
)
def test_server_that_is_away_is_asked_once_in_a_round(
    brand: Brand, queued: OutgoingMessage, server: type[Postman], trouble: Exception, tried: int
) -> None:
    """A refused address holds up no other message; a dead server is not waited for forty times."""
    now = utc_now()
    queue(brand, "test.cause:2", now)
    server.trouble = trouble
    assert services.send_due(now) == 0
    attempts = OutgoingMessage.objects.for_brand(brand).values_list("attempts", flat=True)
    assert sum(attempts) == tried


@pytest.mark.parametrize(
    "trouble",
    [ValueError("a line break in a header"), TemplateSyntaxError("an unknown tag"),
     OutgoingMessage.DoesNotExist("the cause is gone")],
)  # fmt: skip
def test_message_that_cannot_be_rendered_is_given_up_and_the_others_go_out(
    brand: Brand, queued: OutgoingMessage, renderer: Renderer, server: type[Postman],
    trouble: Exception,
) -> None:  # fmt: skip
    later = utc_now() + timedelta(seconds=1)
    other = queue(brand, "test.cause:2", later)
    renderer.trouble[queued.cause] = trouble
    assert (services.send_due(later), services.send_due(later + timedelta(days=1))) == (1, 0)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (MessageState.FAILED, 1)
    assert queued.last_error == str(trouble)
    assert server.taken == [other.message_id]


def test_mail_that_a_person_waits_for_passes_a_backlog(
    brand: Brand, renderer: Renderer, server: type[Postman]
) -> None:
    now = utc_now()
    for number in range(services.SEND_BATCH + 1):
        queue(brand, f"test.cause:{number}", now - timedelta(hours=1))
    account_mails.queue(EmailMessage("Your code", "123456", SENDER, [TO]))
    code = OutgoingMessage.objects.all_brands().get(is_transient=True)
    assert services.send_due(utc_now()) == services.SEND_BATCH + 1
    assert server.taken[0] == code.message_id
    assert not OutgoingMessage.objects.all_brands().filter(pk=code.pk).exists()


def test_mails_of_a_rush_pause_after_each_and_a_code_waits_for_no_pause(
    brand: Brand, renderer: Renderer, server: type[Postman]
) -> None:
    now, slept = utc_now(), list[float]()
    for number in range(2):
        queue(brand, f"test.cause:{number}", now)
    services.queue_email(EmailMessage("Code", "123456", SENDER, [TO]))
    ticks = iter([0.0, 0.02, 1.0, 1.01])
    pacer = Pacer(sleep=slept.append, clock=lambda: next(ticks), share=4)
    assert services.send_due(utc_now(), pacer) == 3
    assert slept == pytest.approx([0.08, 0.04])


def test_batch_of_mails_reads_its_layout_once_and_the_next_one_anew(
    brand: Brand, renderer: Renderer, server: type[Postman]
) -> None:
    now = utc_now()
    first = [queue(brand, f"test.cause:{number}", now) for number in range(3)]
    with CaptureQueriesContext(connection) as queries:
        assert services.send_due(now) == 3
    table = MailLayout._meta.db_table
    assert sum(f'FROM "{table}"' in one["sql"] for one in queries.captured_queries) == 1
    MailLayout(brand=brand, footer="From now on").save()
    last = queue(brand, "test.cause:9", now)
    assert services.send_due(now) == 1
    said = [OutgoingMessage.objects.all_brands().get(pk=one.pk).text for one in (*first, last)]
    assert said == ["Text", "Text", "Text", "Text\n\nFrom now on\n"]
