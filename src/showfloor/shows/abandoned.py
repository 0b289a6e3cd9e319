"""Broadcasts whose process is gone: they are ended, so that viewers see the curtain.

The encoder is let in by another process, which opens the next one. A lease also expires while the
database is away, and is renewed within seconds when it is back; so a broadcast is ended only when
it was found without a lease for a while.
"""

import time
from collections.abc import Callable
from typing import Final

from showfloor.shows import services as shows

FOUND_FOR_S: Final = 12.0  # more than two renewals


class AbandonedBroadcasts:
    """Belongs to the thread of its job. `clock`: monotonic, s."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found_at: dict[tuple[str, str], float] = {}  # bounded by what is found at once

    def end(self) -> None:
        """End what has been found for long enough."""
        now = self._clock()
        found = shows.abandoned_broadcasts()
        self._found_at = {one: self._found_at.get(one, now) for one in found}
        for (show_id, broadcast_id), since in list(self._found_at.items()):
            if now - since >= FOUND_FOR_S:
                shows.broadcast_lost(show_id, broadcast_id)
