"""The two ways into a queue of commands, for tests that make up the outcomes."""

import asyncio
from abc import ABC, abstractmethod

from showfloor.edge.ports import Told
from showfloor.timeline.commands import Command, Outcome


class MadeUpCommands(ABC):
    """`edge.ports.Commands` whose outcomes are those of `submit`, whichever way is taken."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def submit(self, command: Command) -> Outcome: ...

    def enter(self, command: Command, told: Told) -> None:
        async def tell() -> None:
            told(await self.submit(command))

        task = asyncio.get_running_loop().create_task(tell())
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
