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
from showfloor.accounts.models import AccountMail, Brand, User
from showfloor.kernel.clock import utc_now
from tests.accounts.test_log_in import PASSWORD, verified

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


class AwayServer:
    """A mail server that nobody reaches."""

    def __init__(self, **_options: Any) -> None:
        pass

    def send_messages(self, _messages: list[EmailMessage]) -> int:
        raise smtplib.SMTPServerDisconnected("away")


@pytest.fixture
def count_hashes() -> Iterator[list[str]]:
    hashed.clear()
    hasher = f"{CountingHasher.__module__}.CountingHasher"
    with override_settings(PASSWORD_HASHERS=[hasher]):
        yield hashed


@pytest.fixture
def no_server() -> Iterator[None]:
    backend = f"{AwayServer.__module__}.AwayServer"
    with override_settings(MAILERS={"default": {"BACKEND": backend}}):
        yield


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
    (waiting,) = AccountMail.objects.all()
    assert waiting.to == email
    assert account_mails.send_due() == 1
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([email], waiting.subject)
    assert AccountMail.objects.count() == 0  # it may have held a code
    assert account_mails.send_due() == 0


def test_mail_that_could_not_be_sent_waits_and_is_given_up_in_the_end(
    db: None, no_server: None
) -> None:
    account_mails.queue(EmailMessage("Hello", "Text", "a@example.test", ["zoe@example.test"]))
    now = utc_now()
    for attempt in range(1, account_mails.ATTEMPTS_MAX):
        now += timedelta(hours=1)
        assert account_mails.send_due(now) == 0
        waiting = AccountMail.objects.get()
        assert waiting.attempts == attempt
        assert waiting.due_at > now
        assert account_mails.send_due(now) == 0  # not yet
        assert AccountMail.objects.get().attempts == attempt
    account_mails.send_due(now + timedelta(hours=2))
    assert AccountMail.objects.count() == 0


def test_mail_that_another_worker_has_taken_is_left_to_it(db: None) -> None:
    account_mails.queue(EmailMessage("Hello", "Text", "a@example.test", ["zoe@example.test"]))
    AccountMail.objects.update(due_at=utc_now() + account_mails.LEASE, attempts=1)
    assert account_mails.send_due() == 0
    assert mail.outbox == []
