"""Waking those who follow a timeline. A lost wake-up costs delay, never an entry."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

Listener = Callable[[str], None]  # given a timeline's id; called on any thread, must not block


class Bus:
    """Wakes the listeners of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` at every wake-up; the result ends that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not listener)

        return unsubscribe

    def wake(self, timeline_id: str) -> None:
        for listener in self._listeners:
            listener(timeline_id)


bus = Bus()
