"""How many are watching, as the process that holds their connections counts it."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Presence:
    """Viewers now, and the most there were since this process started."""

    viewers: int = 0
    peak: int = 0


_lock = threading.Lock()
_counts: dict[str, Presence] = {}


def report(timeline_id: str, viewers: int) -> Presence:
    """Called by who holds the connections, whenever the number changes."""
    with _lock:
        peak = max(viewers, _counts.get(timeline_id, Presence()).peak)
        _counts[timeline_id] = Presence(viewers, peak)
        return _counts[timeline_id]


def read(timeline_id: str) -> Presence:
    return _counts.get(timeline_id, Presence())


def snapshot() -> dict[str, Presence]:
    with _lock:
        return dict(_counts)
