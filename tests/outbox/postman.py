"""A mail server of the tests: it takes mails, or fails in the way it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.mail import EmailMessage
from django.test import override_settings


class Postman:
    """A mail backend of Django's. All instances share the mails that were taken."""

    trouble: ClassVar[BaseException | None] = None
    taken: ClassVar[list[str]] = []  # Message-IDs

    def __init__(self, **_options: Any) -> None:
        pass

    def send_messages(self, messages: list[EmailMessage]) -> int:
        if Postman.trouble is not None:
            raise Postman.trouble
        Postman.taken += [message.extra_headers["Message-ID"] for message in messages]
        return len(messages)


@contextmanager
def postman() -> Iterator[type[Postman]]:
    """Send all mails through the postman, who starts without trouble."""
    Postman.trouble, Postman.taken = None, []
    backend = f"{Postman.__module__}.{Postman.__qualname__}"
    with override_settings(MAILERS={"default": {"BACKEND": backend}}):
        yield Postman
