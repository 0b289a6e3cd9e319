"""A watch over access changes of all processes: a query every 2 s, and at once on a notice."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from showfloor.accounts import access_changes
from showfloor.accounts.access_changes import Change
from showfloor.accounts.database_threads import Database
from showfloor.accounts.tokens import TOKEN_TTL
from showfloor.kernel.clock import utc_now

log = logging.getLogger(__name__)

TOPIC: Final = "access"
LOOK_EVERY_S: Final = 2.0
# A row that is committed this long after a row with a higher id is still found.
LATE_S: Final = 60.0


class NoticeBus(Protocol):
    """As much of a bus between processes as the watch uses (`timeline.bus.Bus`)."""

    def hear(
        self, topic: str, listener: Callable[[Mapping[str, Any]], object]
    ) -> Callable[[], None]: ...

    def publish(self, topic: str, payload: Mapping[str, Any]) -> None: ...


class AccessWatch:
    """Hands new access changes to `apply`, on the event loop. The changes of this process need no
    query; those of other processes also go to the listeners of `accounts.access_changes`. `start`
    and `stop` belong to the event loop."""

    def __init__(
        self, database: Database, bus: NoticeBus, apply: Callable[[Sequence[Change]], object], *,
        look_every_s: float = LOOK_EVERY_S, page: int = access_changes.READ_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`page`: changes in one query."""
        self._database = database
        self._bus = bus
        self._apply = apply
        self._look_every_s = look_every_s
        self._page = page
        self._clock = clock
        self._seen: dict[int, float] = {}  # by id: when it was seen, oldest first
        self._floor = 0  # every id up to this was seen long ago
        self._waiting: list[Change] = []  # of this process, just committed
        self._notified = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._undo: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Read the changes within the life of a token, then follow."""
        loop = asyncio.get_running_loop()

        def heard(_notice: Mapping[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._notified.set)

        def own(change: Change) -> None:
            if change.id in self._seen:
                return  # this watch tells it itself
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._take_own, change)
            self._bus.publish(TOPIC, {})

        self._undo = [access_changes.subscribe(own), self._bus.hear(TOPIC, heard)]
        self._floor = await self._database.run(access_changes.last_before, utc_now() - TOKEN_TTL)
        await self.poll()
        self._task = asyncio.create_task(self._follow(), name="access-watch")

    def stop(self) -> None:
        for undo in self._undo:
            undo()
        if self._task is not None:
            self._task.cancel()

    async def poll(self) -> None:
        """Read new changes and hand them on."""
        after = self._floor
        while True:
            found = await self._database.run(access_changes.read, after, self._page)
            for change in self._hand_on(found):
                access_changes.tell(change)
            if len(found) < self._page:
                break
            after = found[-1].id
        self._raise_floor()

    def _take_own(self, change: Change) -> None:
        self._hand_on([change])

    def _hand_on(self, found: Sequence[Change]) -> Sequence[Change]:
        new = [change for change in found if change.id not in self._seen]
        if new:
            now = self._clock()
            self._seen |= {change.id: now for change in new}
            self._apply(new)
        return new

    def _raise_floor(self) -> None:
        """Forget old ids, before which no row can come any more, so that a poll reads little."""
        long_ago = self._clock() - LATE_S
        old = [seen for seen, at in self._seen.items() if at < long_ago]
        if old:
            self._floor = max(self._floor, *old)
            self._seen = {seen: at for seen, at in self._seen.items() if seen > self._floor}

    async def _follow(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._look_every_s):
                    await self._notified.wait()
            except TimeoutError:
                pass
            self._notified.clear()
            try:
                await self.poll()
            except Exception:  # the loop outlives a database that does not answer
                log.exception("access_changes_not_read")
                await asyncio.sleep(self._look_every_s / 2)
