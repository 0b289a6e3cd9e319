"""The wake of the job of deals. It asks the database twenty times a second while a deal is on, and
once a second while none is: a deal that opens wakes it, in every process. A wake that is lost costs
a second, never a decision: the database alone says what is due."""

import threading
from typing import Any, Final

from django.db import transaction

from showfloor.timeline.bus import bus

IDLE_S: Final = 1.0
TOPIC: Final = "deals"

_called = threading.Event()


def send() -> None:
    """Let the job look as soon as the open transaction is committed."""
    transaction.on_commit(lambda: bus.publish(TOPIC, {}))


def take() -> bool:
    """Return whether the job was called since this was last asked."""
    was_called = _called.is_set()
    _called.clear()
    return was_called


def _heard(_notice: Any) -> None:
    _called.set()


bus.hear(TOPIC, _heard)
