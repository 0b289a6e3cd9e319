"""Listeners: callables in this process that are told when something happens."""

import threading
from collections.abc import Callable


class Listeners[T]:
    """Callables that get each notice, on any thread; they must not block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Callable[[T], object], ...] = ()

    def subscribe(self, listener: Callable[[T], object]) -> Callable[[], None]:
        """Call `listener` with every notice; the result ends that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not listener)

        return unsubscribe

    def tell(self, notice: T) -> None:
        for listener in self._listeners:
            listener(notice)
