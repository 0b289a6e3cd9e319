"""What the doors to the timelines need of the rooms: ticks closed, snapshots made."""

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import close_old_connections, connection, connections

from showfloor.accounts.database_threads import Database
from showfloor.shows.models import Show
from showfloor.site import show_data
from showfloor.timeline import queries, services
from showfloor.timeline.bus import Bus, Wake
from showfloor.timeline.log import NoTimeline

LOCK_WAIT_MS: Final = 500
SNAPSHOT_KEPT_S: Final = 1.0
SNAPSHOTS_MAX: Final = 1000
_TRIES_MAX: Final = 3  # while something is taken back all the time


class TickWriter:
    """A part of a process, `edge.ports.Ticker`: a thread of its own with a connection that stays
    open. A tick is due ten times a second, and waits behind no page and no job."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ticks")

    async def start(self) -> None:
        """Nothing to do: the connection is made when it is needed."""

    async def stop(self) -> None:
        def close() -> None:
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=True)

        await asyncio.to_thread(close)

    async def close_tick(self, timeline_id: str, *, empty: bool = False) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, _close_tick, timeline_id, empty)


def _close_tick(timeline_id: str, empty: bool) -> None:
    try:
        if connection.vendor != "sqlite":
            close_old_connections()
            _wait_briefly_for_locks()
        services.close_tick(timeline_id, empty=empty)
    except Exception:
        connection.close()  # whatever state it was left in, the next tick gets a fresh one
        raise


def _wait_briefly_for_locks() -> None:
    """One thread cuts for all shows: one whose row is held must not stop the others. The feed asks
    again soon."""
    if connection.connection is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [str(LOCK_WAIT_MS)])


class ShowSnapshots:
    """`edge.ports.Snapshots`: made once for everyone who asks within a second.

    What was taken back is in none that is given out after it was: a kept one is forgotten then,
    and one that was being made is made again.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._kept: dict[str, tuple[float, asyncio.Task[bytes]]] = {}
        self._taken_back: dict[str, int] = {}
        self._undo: Callable[[], None] = lambda: None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def woken(wake: Wake) -> None:
            if wake.redacted and not loop.is_closed():
                loop.call_soon_threadsafe(self.forget, wake.timeline_id)

        self._undo = self._bus.subscribe(woken)

    async def stop(self) -> None:
        self._undo()

    def forget(self, timeline_id: str) -> None:
        """Something in it was taken back, or is nobody's to see any more."""
        self._kept.pop(timeline_id, None)
        self._taken_back[timeline_id] = self._taken_back.get(timeline_id, 0) + 1

    async def snapshot(self, timeline_id: str) -> bytes:
        """NoTimeline where no show has this timeline."""
        made_at, task = self._kept.get(timeline_id, (0.0, None))
        if task is None or (task.done() and time.monotonic() - made_at > SNAPSHOT_KEPT_S):
            if len(self._kept) >= SNAPSHOTS_MAX:
                self._kept.clear()
            task = asyncio.create_task(self._make(timeline_id))
            self._kept[timeline_id] = (time.monotonic(), task)
            task.add_done_callback(lambda done: self._made(timeline_id, done))
        return await asyncio.shield(task)

    async def _make(self, timeline_id: str) -> bytes:
        for _ in range(_TRIES_MAX):
            before = self._taken_back.get(timeline_id, 0)
            made = await self._database.run(_snapshot, timeline_id)
            if before == self._taken_back.get(timeline_id, 0):
                break
        else:
            raise TimeoutError("something is taken back all the time")
        return made

    def _made(self, timeline_id: str, task: "asyncio.Task[bytes]") -> None:
        """What went wrong is not kept. It went to those who waited."""
        failed = task.cancelled() or task.exception() is not None
        if failed and self._kept.get(timeline_id, (0.0, None))[1] is task:
            del self._kept[timeline_id]


def _snapshot(timeline_id: str) -> bytes:
    shows = Show.objects.all_brands().select_related("brand", "timeline", "channel")
    show = shows.filter(timeline_id=timeline_id).first()
    if show is not None:
        view: Any = show_data.snapshot(show)
    elif shows.filter(backstage_id=timeline_id).exists():
        # Staff have the rest from the console's own reports: this is where to go on from.
        head = queries.head(timeline_id)
        view = {"timeline": {"seq": head.seq, "epoch": head.epoch}}
    else:
        raise NoTimeline(timeline_id)
    return json.dumps(
        view, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")
    ).encode()
