"""The restreams of one channel: those that are wanted run, each as a reader of its own."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from showfloor.media.diagnostics.restream_status import RestreamStatus
from showfloor.media.hub.reader_task import ReaderTask
from showfloor.media.hub.stream_hub import StreamHub
from showfloor.media.restream.ports import Destination, Dial, SoundConverter
from showfloor.media.restream.restream import LIMITS, PAUSES_S, Restream


@dataclass(frozen=True, slots=True)
class RestreamTools:
    """What every restream of a process is made with."""

    dial: Dial
    new_converter: Callable[[], SoundConverter]
    wanted: Callable[[str], Sequence[Destination]]  # by channel; it asks the database
    pauses_s: Sequence[float] = PAUSES_S  # before each new try


class Restreams:
    """Stands while the channel's show has a publisher here. Belongs to the event loop."""

    def __init__(self, hub: StreamHub, tools: RestreamTools) -> None:
        self._hub = hub
        self._tools = tools
        self._running: dict[str, tuple[Restream, ReaderTask]] = {}
        self._leaving: set[asyncio.Task[None]] = set()  # bounded by the destinations

    def apply(self, wanted: Sequence[Destination]) -> None:
        """Run these alone. One whose address or key has changed begins anew."""
        by_id = {destination.id: destination for destination in wanted}
        for key, (restream, _task) in list(self._running.items()):
            if by_id.get(key) != restream.destination:
                self._stop(key)
        for key, destination in by_id.items():
            if key not in self._running:
                tools = self._tools
                restream = Restream(destination, tools.dial, tools.new_converter, tools.pauses_s)
                task = self._hub.attach_reader(f"restream-{key}", restream, LIMITS)
                self._running[key] = restream, task

    def statuses(self) -> tuple[RestreamStatus, ...]:
        """Return the state of each, in the order in which they began."""
        now = asyncio.get_running_loop().time()
        return tuple(one.status(now, task.skipped) for one, task in self._running.values())

    async def stopped(self) -> None:
        """Wait until those that were stopped have left their servers."""
        if self._leaving:
            await asyncio.wait(self._leaving)

    def _stop(self, key: str) -> None:
        _restream, task = self._running.pop(key)
        task.drop_waiting()  # it may wait for a server that takes nothing, but for that alone
        task.close()
        leaving = asyncio.create_task(task.closed(), name=f"restream-{key} leaves")
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
