"""The restreams of one channel: those that are wanted run, each as a reader of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from showfloor.media.diagnostics.restream_status import RestreamStatus
from showfloor.media.hub.reader_task import ReaderTask
from showfloor.media.hub.stream_hub import StreamHub
from showfloor.media.restream.ports import Destination, Dial, SoundConverter
from showfloor.media.restream.restream import LIMITS, PAUSES_S, Restream
from showfloor.media.restream.slate import Slate, SlateFormat


@dataclass(frozen=True, slots=True)
class RestreamTools:
    """What every restream of a process is made with."""

    dial: Dial
    new_converter: Callable[[], SoundConverter]
    wanted: Callable[[str], Sequence[Destination]]  # by channel; it asks the database
    make_slate: Callable[[str, SlateFormat], Awaitable[Slate]]  # by channel; OSError
    slate_s: float = 0.0  # how long a slate takes the picture's place at most; 0: it never does
    pauses_s: Sequence[float] = PAUSES_S  # before each new try


class Restreams:
    """Stands while the channel's show has a publisher here, and while slates take its place.
    Belongs to the event loop."""

    def __init__(self, hub: StreamHub, tools: RestreamTools) -> None:
        self._hub = hub
        self._tools = tools
        self._running: dict[str, tuple[Restream, ReaderTask]] = {}
        self._leaving: set[asyncio.Task[None]] = set()  # bounded by the destinations
        self._slates: dict[SlateFormat, asyncio.Task[Slate]] = {}  # the latest, for all of them

    @property
    def are_running(self) -> bool:
        return bool(self._running)

    def apply(self, wanted: Sequence[Destination]) -> None:
        """Run these alone. One whose address or key has changed begins anew."""
        by_id = {destination.id: destination for destination in wanted}
        for key, (restream, _task) in list(self._running.items()):
            if by_id.get(key) != restream.destination:
                self._stop(key)
        for key, destination in by_id.items():
            if key not in self._running:
                tools = self._tools
                restream = Restream(
                    destination, tools.dial, tools.new_converter, tools.pauses_s,
                    slate=self._slate, slate_s=tools.slate_s,
                )  # fmt: skip
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

    async def _slate(self, form: SlateFormat) -> Slate:
        """Return the slate of this format, made once for all destinations; OSError."""
        making = self._slates.get(form)
        if making is None or (making.done() and making.exception() is not None):
            making = asyncio.ensure_future(self._tools.make_slate(self._hub.name, form))
            self._slates = {form: making}
        return await asyncio.shield(making)

    def _stop(self, key: str) -> None:
        _restream, task = self._running.pop(key)
        task.drop_waiting()  # it may wait for a server that takes nothing, but for that alone
        task.close()
        leaving = asyncio.create_task(task.closed(), name=f"restream-{key} leaves")
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
