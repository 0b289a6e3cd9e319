"""Reports to shows that their broadcasts open and are lost: in order, and until it is stored."""

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from typing import Final
from weakref import WeakValueDictionary

from showfloor.accounts.database_threads import Database
from showfloor.kernel.errors import ShowfloorError

log = logging.getLogger(__name__)

RETRY_PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # while the database does not answer
STOP_WITHIN_S: Final = 5.0  # time for the database to store that the broadcasts are lost


class BroadcastReporter:
    """Runs the verbs of each channel one after another. Belongs to the event loop.

    The picture goes on while the database does not answer. The show then learns of its broadcast
    later, because otherwise its viewers would wait in front of a curtain that nobody lifts.
    """

    def __init__(
        self, database: Database, *, retry_pauses_s: Sequence[float] = RETRY_PAUSES_S,
        stop_within_s: float = STOP_WITHIN_S,
    ) -> None:  # fmt: skip
        self._database = database
        self._retry_pauses_s = retry_pauses_s
        self._stop_within_s = stop_within_s
        self._locks = WeakValueDictionary[str, asyncio.Lock]()  # by channel
        self._tasks: set[asyncio.Task[None]] = set()  # bounded by the publishers' changes
        self._stopped = False

    def of_channel(self, channel_id: str) -> Callable[[Callable[[], object]], None]:
        """Return a function that reports by a verb, after the channel's earlier reports."""
        lock = self._locks.setdefault(channel_id, asyncio.Lock())
        return functools.partial(self._report, lock)

    async def stop(self) -> None:
        """Take no more reports, and wait a bounded time for those that have begun."""
        self._stopped = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._stop_within_s)
        for task in late:
            task.cancel()
        if late:
            log.warning("shows_not_told count=%d: told at the next start", len(late))
            await asyncio.wait(late)

    def _report(self, lock: asyncio.Lock, verb: Callable[[], object]) -> None:
        if not self._stopped:
            task = asyncio.create_task(self._run(lock, verb))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, lock: asyncio.Lock, verb: Callable[[], object]) -> None:
        async with lock:
            for pause_s in (*self._retry_pauses_s, None):
                try:
                    await self._database.run(verb)
                except ShowfloorError as error:  # the show has ended meanwhile
                    log.info("broadcast_not_recorded reason=%s", error.message)
                except Exception:  # a database may raise anything
                    log.exception("broadcast_not_recorded try_again_s=%s", pause_s)
                    if pause_s is not None:
                        await asyncio.sleep(pause_s)
                        continue
                return
