"""Threads that run Django's ORM for code on the event loop."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper

THREADS = 4


class Database:
    """Runs verbs and queries of the rooms in a few threads; their errors come out unchanged."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="database")
        self._connections: set[BaseDatabaseWrapper] = set()  # one for each thread, also of others

    async def run[**P, T](self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = functools.partial(self._with_fresh_connection, verb, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def start(self) -> None:
        """Do nothing: connections are made when they are needed."""

    async def stop(self) -> None:
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """End the threads and their connections, which a thread of a pool cannot do at its end."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for one in self._connections:
            if one.connection is not None:
                one.connection.close()  # the driver's: Django's belongs to the thread that ended
        self._connections.clear()

    def keep_connection(self) -> None:
        """Note the connection of the current thread, of whichever pool: it ends with the others."""
        self._connections.update(connections.all(initialized_only=True))

    def _with_fresh_connection[**P, T](
        self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        close_old_connections()
        try:
            return verb(*args, **kwargs)
        finally:
            close_old_connections()
            self.keep_connection()
