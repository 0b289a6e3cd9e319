"""Mails about accounts wait in the outbox, and no page tells by its work whom it wrote to."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, override

import pytest
from django.contrib.auth.hashers import BasePasswordHasher
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client, override_settings

from showfloor.accounts import account_mails
from showfloor.accounts.models import Brand, User
from showfloor.kernel.clock import utc_now
from showfloor.outbox import services
from showfloor.outbox.jobs import send_messages
from showfloor.outbox.models import MessageState, OutgoingMessage
from tests.accounts.test_log_in import PASSWORD, verified
from tests.outbox.postman import postman

hashed: list[str] = []


class CountingHasher(BasePasswordHasher):
    """Notes each password that it is given to hash."""

    algorithm = "counting"

    @override
    def salt(self) -> str:
        return "salt"

    @override
    def encode(self, password: str, salt: str) -> str:
        hashed.append(password)
        return f"counting$1${salt}$x"


@pytest.fixture
def count_hashes() -> Iterator[list[str]]:
    hashed.clear()
    hasher = f"{CountingHasher.__module__}.CountingHasher"
    with override_settings(PASSWORD_HASHERS=[hasher]):
        yield hashed


def waiting() -> OutgoingMessage:
    return OutgoingMessage.objects.all_brands().get()


def sign_up(email: str) -> Any:
    return Client().post("/accounts/signup/", {"email": email, "password1": PASSWORD})


def test_sign_up_hashes_once_for_a_known_and_for_a_new_address(
    brand: Brand, count_hashes: list[str]
) -> None:
    verified("zoe@example.test")
    for email in ("zoe@example.test", "new@example.test"):
        count_hashes.clear()
        assert sign_up(email).status_code == 302
        assert count_hashes == [PASSWORD], email
    assert User.objects.filter(email="new@example.test").exists()


@pytest.mark.parametrize("email", ["zoe@example.test", "new@example.test"])
@pytest.mark.parametrize("page", ["signup", "login/code", "password/reset"])
def test_page_sends_no_mail_itself_and_leaves_one_in_the_outbox(
    brand: Brand, page: str, email: str
) -> None:
    verified("zoe@example.test")
    form = {"email": email, "password1": PASSWORD}
    assert Client().post(f"/accounts/{page}/", form).status_code == 302
    assert mail.outbox == []
    message = waiting()
    assert (message.recipient, message.brand_id) == (email, None)
    assert send_messages() == 1
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([email], message.subject)
    assert not OutgoingMessage.objects.all_brands().exists()  # it may have held a code
    assert send_messages() == 0


def test_mail_that_could_not_be_sent_waits_and_is_given_up_in_the_end(db: None) -> None:
    account_mails.queue(EmailMessage("Hello", "Text", "a@example.test", ["zoe@example.test"]))
    now = utc_now()
    with postman() as server:
        server.trouble = smtplib.SMTPServerDisconnected("away")
        for attempt in range(1, services.ATTEMPTS_MAX):
            now += timedelta(hours=1)
            assert (services.send_due(now), services.send_due(now)) == (0, 0)
            message = waiting()
            assert (message.attempts, message.due_at > now) == (attempt, True)
        services.send_due(now + timedelta(hours=2))
    assert not OutgoingMessage.objects.all_brands().exists()  # it may have held a code


def test_mail_that_another_worker_has_taken_is_left_to_it(db: None) -> None:
    account_mails.queue(EmailMessage("Hello", "Text", "a@example.test", ["zoe@example.test"]))
    OutgoingMessage.objects.all_brands().update(
        state=MessageState.SENDING, due_at=utc_now() + services.LEASE, attempts=1
    )
    assert send_messages() == 0
    assert mail.outbox == []


def test_mail_to_two_people_is_two_messages(db: None) -> None:
    people = ["zoe@example.test", "yan@example.test"]
    account_mails.queue(EmailMessage("Hello", "Text", "a@example.test", people))
    assert send_messages() == 2
    assert sorted(one.to[0] for one in mail.outbox) == sorted(people)
    assert len({one.extra_headers["Message-ID"] for one in mail.outbox}) == 2
