"""Watches the machine that takes the streams: its disk, and whether its event loop keeps up."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from showfloor.adapters.filesystem.disk import DiskReserve
from showfloor.media.diagnostics.findings import Finding, worst_first
from showfloor.media.diagnostics.rules import event_loop_findings, storage_findings
from showfloor.media.recording.storage import Storage
from showfloor.roles import health
from showfloor.timeline.bus import Bus

log = logging.getLogger(__name__)

TICK_S: Final = 0.5
DISK_EVERY_TICKS: Final = 8
LAGS_KEPT: Final = 20  # 10 s
LAGS_OF_NO_ACCOUNT: Final = 2  # so many pauses in 10 s are nobody's trouble


class MachineWatch:
    """A part. Tells consoles and `/healthz`."""

    def __init__(self, storage: Storage, ballast: DiskReserve, bus: Bus) -> None:
        self._storage = storage
        self._ballast = ballast
        self._bus = bus
        self._lags: deque[float] = deque(maxlen=LAGS_KEPT)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._look_at_disk()
        self._task = asyncio.create_task(self._watch(), name="machine-watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.to_thread(self._ballast.release)

    def findings(self) -> Sequence[Finding]:
        lags = sorted(self._lags, reverse=True)
        lag_s = lags[LAGS_OF_NO_ACCOUNT] if len(lags) > LAGS_OF_NO_ACCOUNT else 0.0
        return worst_first([*storage_findings(self._storage.report()), *event_loop_findings(lag_s)])

    def report(self) -> dict[str, Any]:
        """For `/healthz`: the disk in figures."""
        storage = self._storage.report()
        if storage is None:
            return {}
        return {
            "disk": {
                "free_mb": storage.free_bytes >> 20,
                "reserve_mb": storage.reserve_bytes >> 20,
                "hours_left": round(storage.hours_left, 1),
                "recording": storage.is_recording,
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
            health.tell_machine(self._bus, self.findings())

    async def _look_at_disk(self) -> None:
        try:
            await asyncio.to_thread(self._storage.may_record)
            await asyncio.to_thread(self._ballast.settle)
        except OSError as error:
            log.warning("disk_not_looked_at reason=%s", error)
