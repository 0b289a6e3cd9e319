"""The players of files that go live: one for each show that plays one, in place of an encoder.

A file's first picture has a moment, which is kept outside (`began`); so a player that comes back
after a fault, or in another process, goes on where the file would be by now.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showfloor.media.files.ports import FilePlace, FilePlayer
from showfloor.media.ports import Ingest, PublishRejected, PublishRequest
from showfloor.media.taking import Taking, TakingLimits

log = logging.getLogger(__name__)

END_S: Final = 2.0  # so near to its end, a file is over: it is read a little faster than it plays


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerLimits(TakingLimits):
    """Times in seconds. `look_s`: between two looks at which shows play a file."""

    look_s: float = 2.0
    pause_s: float = 1.0  # before a player is started again
    refused_pause_s: float = 10.0  # the same, where an encoder or another process sends the show


@dataclass(frozen=True, slots=True)
class Playing:
    """How the players reach the shows. `wanted`: the files of all shows that play one now, and may
    fail; `began`: the moment of a file's first picture, which is now for one that begins; `over`
    hears of a file that has ended."""

    wanted: Callable[[], Awaitable[Sequence[FilePlace]]]
    began: Callable[[FilePlace], Awaitable[datetime]]
    over: Callable[[FilePlace], Awaitable[None]]


class FilePlayers:
    """All players of this process. Belongs to the event loop."""

    def __init__(
        self, ingest: Ingest, playing: Playing, new_player: Callable[[], FilePlayer],
        clock: Callable[[], datetime], limits: PlayerLimits | None = None,
    ) -> None:  # fmt: skip
        self._ingest = ingest
        self._shows = playing
        self._new_player = new_player
        self._clock = clock
        self._limits = limits or PlayerLimits()
        self._tasks: dict[FilePlace, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._looking = asyncio.create_task(self._look_on(), name="file players")

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await self._end(list(self._tasks))

    async def _look_on(self) -> None:
        while True:
            try:
                wanted = set(await self._shows.wanted())
            except Exception:  # a database may raise anything; those that play go on
                log.exception("files_not_looked_up")
            else:
                await self._end([one for one in self._tasks if one not in wanted])
                for place in wanted - set(self._tasks):
                    task = asyncio.create_task(self._play(place), name=f"file {place.name}")
                    self._tasks[place] = task
            await asyncio.sleep(self._limits.look_s)

    async def _end(self, places: Sequence[FilePlace]) -> None:
        tasks = [self._tasks.pop(place) for place in places]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _play(self, place: FilePlace) -> None:
        """Play a file to its end, again after each fault."""
        told = ""  # one fault may come again each second
        while True:
            pause_s = self._limits.pause_s
            try:
                if await self._play_on(place):
                    return
                told = ""
            except PublishRejected as rejection:
                log.info("file_cut channel=%s: %s", place.channel_id, rejection.message)
                pause_s = self._limits.refused_pause_s
            except (OSError, TimeoutError) as error:
                if str(error) != told:
                    log.warning("file_lost channel=%s reason=%s", place.channel_id, error)
                told = str(error)
            except Exception:  # a bug here must not end the player
                log.exception("file_failed channel=%s", place.channel_id)
            await asyncio.sleep(pause_s)

    async def _play_on(self, place: FilePlace) -> bool:
        """Play a file from where it is by now; return whether it is over."""
        offset_s = (self._clock() - await self._shows.began(place)).total_seconds()
        if offset_s >= place.duration_s - END_S:
            await self._shows.over(place)
            return True
        player = self._new_player()
        request = PublishRequest("file", place.key, place.name, "file")
        taking = Taking(self._ingest, request, self._limits)
        try:
            async with aclosing(player.items(place, max(0.0, offset_s))) as items:
                await taking.take(items)
        finally:
            await player.close()
            await taking.close()
        return False
