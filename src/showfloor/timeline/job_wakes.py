"""The wakes of jobs for which people wait. Such a job asks the database many times a second while
it has something to do, and once a second otherwise: what gives it work wakes it, in every process.
A wake that is lost costs a second and nothing else: the database alone says what is due."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from django.db import transaction

from showfloor.timeline.bus import bus

IDLE_S: Final = 1.0


class JobWake:
    """The wake of one job, under a topic of the bus."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._called = threading.Event()
        bus.hear(topic, self._heard)

    def send(self) -> None:
        """Let the job look as soon as the open transaction is committed."""
        transaction.on_commit(lambda: bus.publish(self._topic, {}))

    def take(self) -> bool:
        """Return whether the job was called since this was last asked."""
        was_called = self._called.is_set()
        self._called.clear()
        return was_called

    def _heard(self, _notice: Any) -> None:
        self._called.set()


class JobPacer:
    """The job's memory of when to look at the database again, by a monotonic clock in seconds."""

    def __init__(self, wake: JobWake, clock: Callable[[], float] = time.monotonic) -> None:
        self._wake = wake
        self._clock = clock
        self._again = 0.0

    def is_due(self) -> bool:
        """Return whether the job has waited, or was called."""
        return self._wake.take() or self._clock() >= self._again

    def wait(self, wait_s: float) -> None:
        """Wait for so long, at most `IDLE_S`, unless the job is called."""
        self._again = self._clock() + min(wait_s, IDLE_S)
