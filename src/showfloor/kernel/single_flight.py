"""A single flight: one run of a coroutine for all callers at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any


class SingleFlight[K, V]:
    """Runs by key, at most one for each. Belongs to the event loop.

    A run goes on when its callers give up; its error is raised to each of them.
    """

    def __init__(self) -> None:
        self._running: dict[K, asyncio.Task[V]] = {}

    async def run(self, key: K, make: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Return the result of the present run, or of a new run of `make`."""
        return await asyncio.shield(self.begin(key, make))

    def begin(self, key: K, make: Callable[[], Coroutine[Any, Any, V]]) -> asyncio.Task[V]:
        """Start a run unless one is on, without waiting."""
        task = self._running.get(key)
        if task is None or task.done():
            task = self._running[key] = asyncio.create_task(make())
            task.add_done_callback(partial(self._end, key))
        return task

    async def settled(self) -> None:
        """Wait until all present runs are done, however they end."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _end(self, key: K, task: asyncio.Task[V]) -> None:
        if self._running.get(key) is task:
            del self._running[key]
        if not task.cancelled():
            task.exception()  # marks the error as seen, for runs without callers
