"""How the incoming streams are doing, also for consoles that another process serves."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final

from showfloor.kernel.clock import iso_ms, parse_iso
from showfloor.media import live
from showfloor.media.health import IngestHealth
from showfloor.timeline.bus import Bus, Payload

log = logging.getLogger(__name__)

TOPIC: Final = "stream-health"
SILENT_S: Final = 5.0  # then nobody publishes any more, as far as is known here
CHANNELS_MAX: Final = 1000


def tell(bus: Bus, healths: Mapping[str, IngestHealth]) -> None:
    """Report the health of all running streams, by channel id, here and to other processes."""
    live.report(healths)
    for channel_id, health in healths.items():
        told = {**asdict(health), "since": iso_ms(health.since)}
        bus.publish(TOPIC, {"channel": channel_id, "health": told})


class HealthListener:
    """A part of a process that takes no streams itself."""

    def __init__(self, bus: Bus, clock: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._clock = clock
        self._heard: dict[str, tuple[float, IngestHealth]] = {}
        self._undo: Callable[[], None] = lambda: None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._undo = self._bus.hear(TOPIC, self._hear)
        self._task = asyncio.create_task(self._forget_on(), name="stream-health")

    async def stop(self) -> None:
        self._undo()
        if self._task is not None:
            self._task.cancel()

    def forget_silent(self) -> None:
        oldest = self._clock() - SILENT_S
        self._heard = {channel: one for channel, one in self._heard.items() if one[0] > oldest}
        self._report()

    def _hear(self, notice: Payload) -> None:
        try:
            told = dict(notice["health"])
            health = IngestHealth(**{**told, "since": parse_iso(told["since"])})
            channel_id = str(notice["channel"])
        except (KeyError, TypeError, ValueError):
            log.warning("stream_health_passed_over")
            return
        if channel_id in self._heard or len(self._heard) < CHANNELS_MAX:
            self._heard[channel_id] = (self._clock(), health)
            self._report()

    def _report(self) -> None:
        live.report({channel: health for channel, (_at, health) in self._heard.items()})

    async def _forget_on(self) -> None:
        while True:
            await asyncio.sleep(live.REPORT_EVERY_S)
            self.forget_silent()
