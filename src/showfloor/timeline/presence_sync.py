"""The exchange of viewer counts between processes."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from showfloor.kernel.ids import new_id
from showfloor.timeline.bus import Bus, Payload
from showfloor.timeline.presence import LocalPresence, PresenceCounter

log = logging.getLogger(__name__)

TOPIC: Final = "presence"
TELL_EVERY_S: Final = 5.0  # changed counts
AGAIN_EVERY_S: Final = 10.0  # unchanged counts: a process that is silent for 15 s counts as gone


class PresenceSync:
    """Sends this process's viewers to the others and takes in theirs. `start` and `stop` belong to
    the event loop."""

    def __init__(
        self, counter: PresenceCounter, bus: Bus, every_s: float = TELL_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._counter = counter
        self._bus = bus
        self._every_s = every_s
        self._clock = clock
        self._process = new_id()
        # by timeline: the change that was sent, and when
        self._told: dict[str, tuple[int, float]] = {}
        self._task: asyncio.Task[None] | None = None
        self._undo: Callable[[], None] = lambda: None

    def start(self) -> None:
        self._undo = self._bus.hear(TOPIC, self._heard)
        self._task = asyncio.create_task(self._tell_on(), name="presence-sync")

    def stop(self) -> None:
        """Stop, and tell the others that this process has no viewers."""
        self._undo()
        if self._task is not None:
            self._task.cancel()
        for timeline_id in self._told:
            self._publish(timeline_id, LocalPresence(frozenset()))

    def tell(self) -> None:
        """Send changed counts, and unchanged ones again after AGAIN_EVERY_S."""
        now = self._clock()
        for timeline_id, change in self._counter.changes().items():
            told, at = self._told.get(timeline_id, (0, 0.0))
            if change == told and now - at < AGAIN_EVERY_S:
                continue
            share = self._counter.own(timeline_id)
            if not share.is_empty:
                self._told[timeline_id] = (change, now)
            elif self._told.pop(timeline_id, None) is None:
                continue  # there was no viewer the last time, either
            self._publish(timeline_id, share)

    def _publish(self, timeline_id: str, share: LocalPresence) -> None:
        self._bus.publish(
            TOPIC, {"process": self._process, "timeline": timeline_id, **share.to_json()}
        )

    def _heard(self, notice: Payload) -> None:
        process, timeline_id = notice.get("process"), notice.get("timeline")
        if process == self._process:
            return
        try:
            if not isinstance(process, str) or not isinstance(timeline_id, str):
                raise ValueError("not of a process and a timeline")  # noqa: TRY004, TRY301
            self._counter.hear(process, timeline_id, LocalPresence.from_json(notice))
        except ValueError as error:
            log.warning("presence_passed_over reason=%s", error)

    async def _tell_on(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                self.tell()
            except Exception:  # a count is not worth a process
                log.exception("presence_not_told")
