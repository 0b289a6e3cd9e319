"""Mails about accounts: codes, notices, invitations. The outbox, a room above this one, stores them
in the transaction of their cause and sends them; it registers itself here."""

from collections.abc import Callable

from django.core.mail import EmailMessage

type Queue = Callable[[EmailMessage], object]

_queues: list[Queue] = []


def send_through(queue: Queue) -> None:
    """Hand mails to `queue` from now on."""
    _queues[:] = [queue]


def queue(message: EmailMessage) -> None:
    """Have the message sent once the open transaction has committed."""
    (registered,) = _queues
    registered(message)
