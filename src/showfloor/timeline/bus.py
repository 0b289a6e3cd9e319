"""The bus of notices from writers to followers, within one process or between many.

A notice says "look again"; the database alone says what is true. A lost notice costs delay, never
an entry. This process gets a notice at once, on the caller's thread; others get it over attached
links.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from showfloor.kernel.listeners import Listeners

log = logging.getLogger(__name__)

WAKE = "wake"
REDACTED_MAX = 1000  # seqs in one wake-up from outside

type Payload = Mapping[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class Wake:
    """A notice about a timeline (`redacted`: entries with a new body), or about the own stream of a
    person at a brand (then `timeline_id` is empty)."""

    timeline_id: str = ""
    redacted: tuple[int, ...] = ()
    brand_id: str = ""
    person: str = ""  # a token's `sub`


class Link(Protocol):
    """Carries notices to the other processes, and theirs to `Bus.receive`."""

    def send(self, topic: str, payload: Payload) -> None:
        """Send a notice from any thread, also inside a request: never waits, never raises, may lose
        it."""
        ...


class Bus:
    """Tells the listeners of this process, and passes notices to the links for the others."""

    def __init__(self) -> None:
        self._wakes = Listeners[Wake]()
        self._topics: dict[str, Listeners[Payload]] = {}
        self._lock = threading.Lock()
        self._links: tuple[Link, ...] = ()

    def subscribe(self, listener: Callable[[Wake], object]) -> Callable[[], None]:
        """Call `listener`, on any thread, at every wake-up; the result ends that."""
        return self._wakes.subscribe(listener)

    def wake(self, timeline_id: str, *, redacted: Sequence[int] = ()) -> None:
        """Tell that the timeline has new entries, or `redacted` ones."""
        self._tell(Wake(timeline_id, tuple(redacted)))

    def wake_person(self, brand_id: str, subject: str) -> None:
        """Tell that the person's own stream at the brand has new entries."""
        self._tell(Wake(brand_id=brand_id, person=subject))

    def hear(self, topic: str, listener: Callable[[Payload], object]) -> Callable[[], None]:
        """Call `listener`, on any thread, with every notice of the topic; the result ends that."""
        with self._lock:
            listeners = self._topics.setdefault(topic, Listeners())
        return listeners.subscribe(listener)

    def publish(self, topic: str, payload: Payload) -> None:
        """Tell the listeners of a topic, in this and every other process. `payload`: small JSON."""
        assert topic != WAKE, "a wake-up has a verb of its own"
        self._deliver(topic, payload)
        self._hand_on(topic, payload)

    def attach(self, link: Link) -> Callable[[], None]:
        """Pass notices to `link` from now on; the result ends that."""
        with self._lock:
            self._links = (*self._links, link)

        def detach() -> None:
            with self._lock:
                self._links = tuple(one for one in self._links if one is not link)

        return detach

    def receive(self, topic: str, payload: Any) -> None:
        """Take a notice of another process to this process's listeners, and no further. Other data
        is ignored."""
        if not isinstance(payload, dict):
            log.warning("notice_passed_over topic=%s", topic)
        elif topic != WAKE:
            self._deliver(topic, payload)
        elif (wake := _wake_from(payload)) is not None:
            self._wakes.tell(wake)
        else:
            log.warning("notice_passed_over topic=%s", topic)

    def _tell(self, wake: Wake) -> None:
        self._wakes.tell(wake)
        if self._links:
            self._hand_on(WAKE, _wake_payload(wake))

    def _deliver(self, topic: str, payload: Payload) -> None:
        listeners = self._topics.get(topic)
        if listeners is not None:
            listeners.tell(payload)

    def _hand_on(self, topic: str, payload: Payload) -> None:
        for link in self._links:
            link.send(topic, payload)


def _wake_payload(wake: Wake) -> dict[str, Any]:
    if wake.person:
        return {"brand": wake.brand_id, "person": wake.person}
    payload: dict[str, Any] = {"timeline": wake.timeline_id}
    if wake.redacted:
        payload["redacted"] = list(wake.redacted)
    return payload


def _wake_from(payload: Payload) -> Wake | None:
    texts = [payload.get(name, "") for name in ("timeline", "brand", "person")]
    seqs = payload.get("redacted", [])
    sound = (
        all(isinstance(text, str) for text in texts)
        and isinstance(seqs, list)
        and len(seqs) <= REDACTED_MAX
        and all(isinstance(seq, int) for seq in seqs)
    )
    return Wake(texts[0], tuple(seqs), texts[1], texts[2]) if sound else None


bus = Bus()
