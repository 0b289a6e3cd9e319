"""One run of something for all who want it at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any


class SingleFlight[K, V]:
    """Runs by key, at most one each. Belongs to the event loop.

    It goes on when those who wait for it give up; what it raises is raised to each of them.
    """

    def __init__(self) -> None:
        self._running: dict[K, asyncio.Task[V]] = {}

    async def run(self, key: K, make: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """What the run that is on gives, or that of a new one of `make`."""
        return await asyncio.shield(self.begin(key, make))

    def begin(self, key: K, make: Callable[[], Coroutine[Any, Any, V]]) -> asyncio.Task[V]:
        """Have it run, without waiting."""
        task = self._running.get(key)
        if task is None or task.done():
            task = self._running[key] = asyncio.create_task(make())
            task.add_done_callback(partial(self._end, key))
        return task

    def _end(self, key: K, task: asyncio.Task[V]) -> None:
        if self._running.get(key) is task:
            del self._running[key]
        if not task.cancelled():
            task.exception()  # when nobody waits any more, nobody need hear of it
