"""Threads that write people's commands. A burst of chat must not take the threads that let people
in, and must not delay a page."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.db import close_old_connections, connection, connections

from showfloor.edge.commands.queue import CommandQueue, CommandQueueLimits
from showfloor.edge.commands.steps import SteppedCommands
from showfloor.site import commands as site
from showfloor.timeline.commands import Command, Outcome

ASKING: Final = 32  # payment providers that are asked at the same moment
WRITERS_ON_POSTGRES: Final = 4  # places that are written to at the same moment


class CommandWriters:
    """A component of a process. `queue` takes commands (`edge.ports.Commands`)."""

    def __init__(self) -> None:
        writers = 1 if connection.vendor == "sqlite" else WRITERS_ON_POSTGRES
        # Executors of one thread each, so that each can close its connection at the end.
        self._free = [
            ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"commands-{number}")
            for number in range(writers)
        ]
        self._writers = tuple(self._free)
        self._batches = CommandQueue(
            site.LANES, self._perform, CommandQueueLimits(writers=writers), place_of=site.place_of
        )
        self._asking = ThreadPoolExecutor(ASKING, thread_name_prefix="asking")
        self.queue = SteppedCommands(self._batches, site.INNER, self._ask)

    async def start(self) -> None:
        """Nothing to do: connections are made when they are needed."""

    async def stop(self) -> None:
        """Write the waiting commands and refuse later ones."""
        await self.queue.stop()
        await self._batches.stop()
        await asyncio.to_thread(self._close)

    async def _perform(
        self, name: str, _place_id: str, commands: Sequence[Command]
    ) -> Sequence[Outcome]:
        writer = self._free.pop()  # the queue has no more batches at once than writers
        try:
            return await asyncio.get_running_loop().run_in_executor(
                writer, _perform, name, commands
            )
        finally:
            self._free.append(writer)

    async def _ask(self, ask: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._asking, ask)

    def _close(self) -> None:
        self._asking.shutdown(wait=True, cancel_futures=True)
        for writer in self._writers:
            writer.submit(connections.close_all)
            writer.shutdown(wait=True)


def _perform(name: str, commands: Sequence[Command]) -> Sequence[Outcome]:
    # SQLite's connection is kept: opening one takes longer than writing a message.
    if connection.vendor != "sqlite":
        close_old_connections()
    try:
        return site.perform(name, commands)
    except Exception:
        connection.close()  # whatever state it was left in, the next batch gets a fresh one
        raise
