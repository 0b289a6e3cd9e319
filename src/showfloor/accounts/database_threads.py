"""Threads that run Django's ORM for code on the event loop."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections

THREADS = 4


class Database:
    """Runs verbs and queries of the rooms in a few threads; their errors come out unchanged."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="database")

    async def run[**P, T](self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = functools.partial(_with_fresh_connection, verb, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def start(self) -> None:
        """Do nothing: connections are made when they are needed."""

    async def stop(self) -> None:
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)


def _with_fresh_connection[**P, T](verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()
    try:
        return verb(*args, **kwargs)
    finally:
        close_old_connections()
