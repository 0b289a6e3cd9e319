"""Follows the access changes of all processes: one query every 2 s, and at once when told."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from showfloor.accounts import access_changes
from showfloor.accounts.access_changes import Change
from showfloor.accounts.database_threads import Database
from showfloor.accounts.tokens import TOKEN_TTL
from showfloor.kernel.clock import utc_now
from showfloor.timeline.bus import Bus

log = logging.getLogger(__name__)

TOPIC: Final = "access"
LOOK_EVERY_S: Final = 2.0
# A row may be committed this long after one with a higher id was seen, and is still found.
LATE_S: Final = 60.0


class AccessWatch:
    """Hand new access changes to `apply`, on the event loop. The changes of this process need no
    query; those of other processes also go to the listeners of `accounts.access_changes`. `start`
    and `stop` belong to the event loop."""

    def __init__(
        self, database: Database, bus: Bus, apply: Callable[[Sequence[Change]], object]
    ) -> None:
        self._database = database
        self._bus = bus
        self._apply = apply
        self._seen: dict[int, float] = {}  # ids and when they were seen, in that order
        self._floor = 0  # everything up to here was seen long ago
        self._waiting: list[Change] = []  # of this process, committed a moment ago
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._undo: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Know what has changed within the life of a token, then follow."""
        loop = asyncio.get_running_loop()

        def heard(_notice: Mapping[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._told.set)

        def own(change: Change) -> None:
            if change.id in self._seen:
                return  # it is us who tell it
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._take_own, change)
            self._bus.publish(TOPIC, {})

        self._undo = [access_changes.subscribe(own), self._bus.hear(TOPIC, heard)]
        self._floor = await self._database.run(access_changes.last_before, utc_now() - TOKEN_TTL)
        await self.look()
        self._task = asyncio.create_task(self._follow(), name="access-watch")

    def stop(self) -> None:
        for undo in self._undo:
            undo()
        if self._task is not None:
            self._task.cancel()

    async def look(self) -> None:
        """Ask for what is new and hand it on."""
        after = self._floor
        while True:
            found = await self._database.run(access_changes.read, after)
            for change in self._hand_on(found):
                access_changes.tell(change)
            if len(found) < access_changes.READ_MAX:
                break
            after = found[-1].id
        self._raise_floor()

    def _take_own(self, change: Change) -> None:
        self._hand_on([change])

    def _hand_on(self, found: Sequence[Change]) -> Sequence[Change]:
        new = [change for change in found if change.id not in self._seen]
        if new:
            now = time.monotonic()
            self._seen |= {change.id: now for change in new}
            self._apply(new)
        return new

    def _raise_floor(self) -> None:
        """Forget ids that nothing can come before any more, so that each look reads little."""
        long_ago = time.monotonic() - LATE_S
        old = [seen for seen, at in self._seen.items() if at < long_ago]
        if old:
            self._floor = max(self._floor, *old)
            self._seen = {seen: at for seen, at in self._seen.items() if seen > self._floor}

    async def _follow(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._told.wait()
            except TimeoutError:
                pass
            self._told.clear()
            try:
                await self.look()
            except Exception:  # the loop outlives a database that does not answer
                log.exception("access_changes_not_read")
                await asyncio.sleep(LOOK_EVERY_S / 2)
