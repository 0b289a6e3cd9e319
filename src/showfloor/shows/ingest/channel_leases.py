"""The leases of the channels that this process takes: taken, renewed and released in order."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final
from weakref import WeakValueDictionary

from showfloor.accounts.database_threads import Database
from showfloor.media import leases

log = logging.getLogger(__name__)

STOP_WITHIN_S: Final = 5.0


class ChannelLeases:
    """Belongs to the event loop. `is_in_use` tells whether a channel has a publisher here."""

    def __init__(
        self, database: Database, owner: str, is_in_use: Callable[[str], bool], address: str = ""
    ) -> None:
        """`address`: where edges reach this process."""
        self._database = database
        self._owner = owner
        self._address = address
        self._is_in_use = is_in_use
        self._locks = WeakValueDictionary[str, asyncio.Lock]()  # by channel
        self._releases: set[asyncio.Task[None]] = set()  # bounded by the publishers

    async def take(self, channel_id: str) -> bool:
        """Take the lease; return False when another process has it.

        A caller that uses the channel says so before it awaits anything else.
        """
        async with self._lock(channel_id):
            return await self._database.run(leases.take, channel_id, self._owner, self._address)

    async def was_elsewhere(self, channel_id: str) -> bool:
        """Return whether another process has taken the channel's media since this one did."""
        return await self._database.run(leases.was_elsewhere, channel_id, self._owner)

    async def renew(self, channel_ids: Sequence[str]) -> list[str]:
        """Renew the leases; return the channels that another process has taken.

        The picture goes on while the database does not answer: nobody else gets a lease then.
        """
        if not channel_ids:
            return []
        try:
            return await self._database.run(leases.renew, channel_ids, self._owner)
        except Exception:  # a database may raise anything
            log.exception("leases_not_renewed count=%d", len(channel_ids))
            return []

    def release(self, channel_id: str) -> None:
        """Let another process have the channel, unless a publisher comes back first."""
        task = asyncio.create_task(self._release(channel_id))
        self._releases.add(task)
        task.add_done_callback(self._releases.discard)

    async def stop(self) -> None:
        """Wait a bounded time for the releases that have begun; the others expire."""
        if self._releases:
            await asyncio.wait(self._releases, timeout=STOP_WITHIN_S)

    async def _release(self, channel_id: str) -> None:
        async with self._lock(channel_id):
            if self._is_in_use(channel_id):
                return
            try:
                await self._database.run(leases.release, channel_id, self._owner)
            except Exception:
                log.exception("lease_not_released channel=%s: it expires", channel_id)

    def _lock(self, channel_id: str) -> asyncio.Lock:
        return self._locks.setdefault(channel_id, asyncio.Lock())
