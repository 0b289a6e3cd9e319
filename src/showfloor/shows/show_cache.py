"""What the media of a show needs of its database rows, kept and looked up again in time."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError

from showfloor.accounts.database_threads import Database
from showfloor.kernel.single_flight import SingleFlight
from showfloor.timeline.bus import Bus, Wake

log = logging.getLogger(__name__)

DOUBT_S: Final = 1.0  # a busy chat makes a show doubtful at every entry; looks are rarer than that
KEPT_S: Final = 10.0  # a lost notice delays news by this much
ENTRIES_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class _Kept[T]:
    value: T
    looked_at: float  # monotonic, s


class ShowCache[T]:
    """Keeps a value for each show in use. Belongs to the event loop.

    `read` is given a show's id and the value of before (None the first time), in a thread. `empty`:
    the value while the database does not answer.
    """

    def __init__(
        self, database: Database, read: Callable[[str, T | None], T], empty: T, *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._database = database
        self._read = read
        self._empty = empty
        self._monotonic = monotonic
        self._kept: dict[str, _Kept[T]] = {}  # by timeline
        self._doubted: set[str] = set()  # kept ones in which something has happened since
        self._looking = SingleFlight[str, None]()

    def watch(self, bus: Bus) -> Callable[[], None]:
        """Look again at shows in which something happens; the result ends that."""

        def woken(wake: Wake) -> None:
            if wake.timeline_id in self._kept:
                self._doubted.add(wake.timeline_id)  # on any thread: one step

        return bus.subscribe(woken)

    async def get(self, show_id: str, timeline_id: str) -> T:
        """Return the value that is known, and have it looked up in time. The first look is waited
        for; a database that does not answer keeps no picture back."""
        kept, now = self._kept.get(timeline_id), self._monotonic()
        wait_s = DOUBT_S if timeline_id in self._doubted else KEPT_S
        if kept is None or now >= kept.looked_at + wait_s:
            look = self._looking.begin(timeline_id, lambda: self._look(show_id, timeline_id))
            if kept is None:
                await look
        found = self._kept.get(timeline_id)
        return found.value if found is not None else self._empty

    async def settled(self) -> None:
        """Wait until the looks that have begun are done."""
        await self._looking.settled()

    def __len__(self) -> int:
        """Return the number of shows that are kept."""
        return len(self._kept)

    async def _look(self, show_id: str, timeline_id: str) -> None:
        before, looked_at = self._kept.get(timeline_id), self._monotonic()
        known = before.value if before else None
        self._doubted.discard(timeline_id)  # a notice from now on is newer than this look
        try:
            value = await self._database.run(self._read, show_id, known)
        except DatabaseError as error:
            log.warning("show_not_looked_up show=%s reason=%s", show_id, error)
            value = self._empty if known is None else known
        self._kept.pop(timeline_id, None)
        while len(self._kept) >= ENTRIES_MAX:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._doubted.discard(oldest)
        self._kept[timeline_id] = _Kept(value, looked_at)
