"""A thread that closes ticks, with a database connection of its own that stays open."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.db import close_old_connections, connection, connections

from showfloor.timeline import services

LOCK_WAIT_MS: Final = 500


class TickWriter:
    """A component of a process, `edge.ports.Ticker`. A tick is due ten times a second, so it must
    not wait behind a page or a job."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ticks")

    async def start(self) -> None:
        """Do nothing: the connection is made when it is needed."""

    async def stop(self) -> None:
        def close() -> None:
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=True)

        await asyncio.to_thread(close)

    async def close_tick(self, timeline_id: str, *, empty: bool = False) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, _close_tick, timeline_id, empty)


def _close_tick(timeline_id: str, empty: bool) -> None:
    try:
        if connection.vendor != "sqlite":
            close_old_connections()
            _limit_lock_wait()
        services.close_tick(timeline_id, empty=empty)
    except Exception:
        connection.close()  # its state is unknown now; the next tick gets a fresh one
        raise


def _limit_lock_wait() -> None:
    """Wait only briefly for the row of a timeline: one thread closes the ticks of all shows, and a
    show whose row is locked must not stop the others. The feed asks again soon."""
    if connection.connection is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [str(LOCK_WAIT_MS)])
