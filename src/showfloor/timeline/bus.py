"""Waking those who follow a timeline. A lost wake-up costs delay, never an entry."""

from collections.abc import Callable
from dataclasses import dataclass

from showfloor.kernel.listeners import Listeners


@dataclass(frozen=True, slots=True)
class Wake:
    """Something happened on a timeline; `redacted`: entries whose words are taken back."""

    timeline_id: str
    redacted: tuple[int, ...] = ()


class Bus:
    """Wakes the listeners of this process."""

    def __init__(self) -> None:
        self._listeners = Listeners[Wake]()

    def subscribe(self, listener: Callable[[Wake], object]) -> Callable[[], None]:
        """Call `listener`, on any thread, at every wake-up; the result ends that."""
        return self._listeners.subscribe(listener)

    def wake(self, timeline_id: str, *, redacted: tuple[int, ...] = ()) -> None:
        self._listeners.tell(Wake(timeline_id, redacted))


bus = Bus()
