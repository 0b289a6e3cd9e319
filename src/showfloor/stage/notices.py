"""The notice that the people of a show's stage have changed. It says whose, and nothing else: each
page and each process looks for itself."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

TOPIC: Final = "stage"


class NoticeBus(Protocol):
    """As much of a bus between processes as the stage uses (`timeline.bus.Bus`)."""

    def hear(
        self, topic: str, listener: Callable[[Mapping[str, Any]], object]
    ) -> Callable[[], None]: ...

    def publish(self, topic: str, payload: Mapping[str, Any]) -> None: ...


def changed(show_id: str) -> dict[str, Any]:
    """Return the notice that somebody was invited, let in, sent back, removed, or has left."""
    return {"show": show_id, "is": "changed"}
