"""The watch over the machine that takes the streams: its disk and its event loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from showfloor.media.diagnostics.findings import Finding, worst_first
from showfloor.media.diagnostics.rules import event_loop_findings, storage_findings
from showfloor.media.recording.storage import SpaceReserve, Storage, StorageReport

log = logging.getLogger(__name__)

TICK_S: Final = 0.5
DISK_EVERY_TICKS: Final = 8
LAGS_KEPT: Final = 20  # 10 s
LAGS_IGNORED: Final = 2  # the longest pauses of 10 s: a few harm nobody


class MachineWatch:
    """A component of a process. Calls `tell` with the findings and the disk twice a second."""

    def __init__(
        self, storage: Storage, reserve: SpaceReserve,
        tell: Callable[[Sequence[Finding], StorageReport | None], object],
    ) -> None:  # fmt: skip
        self._storage = storage
        self._reserve = reserve
        self._tell = tell
        self._lags: deque[float] = deque(maxlen=LAGS_KEPT)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._look_at_disk()
        self._task = asyncio.create_task(self._watch(), name="machine-watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.to_thread(self._reserve.release)

    def findings(self) -> Sequence[Finding]:
        """Return what is wrong with the machine now, the worst first."""
        lags = sorted(self._lags, reverse=True)
        lag_s = lags[LAGS_IGNORED] if len(lags) > LAGS_IGNORED else 0.0
        return worst_first([*storage_findings(self._storage.report()), *event_loop_findings(lag_s)])

    def report(self) -> dict[str, Any]:
        """Return the disk in figures, for `/healthz`."""
        storage = self._storage.report()
        if storage is None:
            return {}
        return {
            "disk": {
                "free_mb": storage.free_bytes >> 20,
                "reserve_mb": storage.reserve_bytes >> 20,
                "hours_left": round(storage.hours_left, 1),
                "recording": storage.is_recording,
                "waiting_in_memory_mb": self._storage.memory.used >> 20,
            }
        }

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        ticks = 0
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self._lags.append(loop.time() - due)
            ticks += 1
            if ticks % DISK_EVERY_TICKS == 0:
                await self._look_at_disk()
            self._tell(self.findings(), self._storage.report())

    async def _look_at_disk(self) -> None:
        try:
            await asyncio.to_thread(self._storage.may_record)
            await asyncio.to_thread(self._reserve.settle)
        except OSError as error:
            log.warning("disk_not_looked_at reason=%s", error)
