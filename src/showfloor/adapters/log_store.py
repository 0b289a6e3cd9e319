"""A log store beside Django: one connection, one thread, `timeline.log` on top."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from showfloor.kernel.bulk_sql import Cursor
from showfloor.timeline import log
from showfloor.timeline.log import Entry, Head, Tick

logger = logging.getLogger(__name__)


class Connection(Protocol):
    """The part of a DB-API connection that is used here, in autocommit mode."""

    def cursor(self) -> Any: ...
    def close(self) -> None: ...


class SqlLogStore:
    """`edge.ports.LogStore` over a DB-API connection, made at first use and again when it broke."""

    def __init__(self, connect: Callable[[], Connection], broken: type[Exception]) -> None:
        self._connect = connect
        self._broken = broken
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="log-store")

    async def head(self, timeline_id: str) -> Head:
        """Return the head of the timeline; NoTimeline."""
        return await self._run(lambda cursor: log.head(cursor, timeline_id))

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]:
        return await self._run(lambda cursor: log.read(cursor, timeline_id, after, limit, until))

    async def ticks(self, timeline_id: str, after: int, limit: int) -> list[Tick]:
        return await self._run(lambda cursor: log.ticks(cursor, timeline_id, after, limit))

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    async def _run[T](self, query: Callable[[Cursor], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._query, query)

    def _query[T](self, query: Callable[[Cursor], T]) -> T:
        try:
            return self._once(query)
        except self._broken:
            logger.warning("log_store_reconnects", exc_info=True)
            self._disconnect()
            return self._once(query)

    def _once[T](self, query: Callable[[Cursor], T]) -> T:
        if self._connection is None:
            self._connection = self._connect()
        return query(self._connection.cursor())

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
