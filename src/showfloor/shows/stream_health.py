"""The notices about incoming streams, for the consoles of this and other processes."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from showfloor.kernel.clock import iso_ms, parse_iso
from showfloor.media.diagnostics import latest, rejections
from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.media.diagnostics.ingest_health import IngestHealth, SourceState
from showfloor.media.diagnostics.rejections import RejectedAttempt
from showfloor.media.diagnostics.restream_status import RestreamStatus
from showfloor.media.diagnostics.source_figures import SourceFigures
from showfloor.media.recording.storage import StorageReport
from showfloor.timeline.bus import Bus, Payload

log = logging.getLogger(__name__)

TOPIC: Final = "stream-health"
RESTREAM_TOPIC: Final = "restream-states"
MACHINE_TOPIC: Final = "machine-health"
REFUSED_TOPIC: Final = "stream-refused"
REFUSED_EVERY: Final = timedelta(seconds=1)
PLACE_MAX: Final = 80  # characters
FINDINGS_MAX: Final = 20
SOURCES_MAX: Final = 2
PASSED_MAX: Final = 8  # rungs
RESTREAMS_MAX: Final = 20
SILENT_S: Final = 5.0  # then nobody publishes any more, as far as is known here
CHANNELS_MAX: Final = 1000
MACHINES_MAX: Final = 64


def tell(bus: Bus, healths: Mapping[str, IngestHealth]) -> None:
    """Report the health of all streams that run here, by channel id, here and to other
    processes."""
    latest.report(healths)
    for channel_id, health in healths.items():
        told = {**asdict(health), "since": iso_ms(health.since)}
        bus.publish(TOPIC, {"channel": channel_id, "health": told})


def tell_restreams(bus: Bus, statuses: Mapping[str, tuple[RestreamStatus, ...]]) -> None:
    """Report the state of all restreams that run here, by channel id, here and to other
    processes."""
    latest.report_restreams(statuses)
    for channel_id, running in statuses.items():
        if running:
            told = [asdict(one) for one in running]
            bus.publish(RESTREAM_TOPIC, {"channel": channel_id, "restreams": told})


def tell_machine(
    bus: Bus, machine: str, findings: Sequence[Finding], disk: StorageReport | None
) -> None:
    """Report the findings about this machine, of that name, and its disk, here and to other
    processes."""
    latest.report_machine(machine, findings, disk)
    told = asdict(disk) if disk is not None else None
    found = [asdict(finding) for finding in findings]
    bus.publish(MACHINE_TOPIC, {"machine": machine, "findings": found, "disk": told})


def tell_rejected(bus: Bus, place: str, attempt: RejectedAttempt) -> None:
    """Count a rejected attempt, here and in other processes; these hear of each place at most once
    a second."""
    before = next(iter(rejections.book.attempts(place, attempt.at)), None)
    kept = rejections.book.record(place, attempt)
    if before is None or kept.at - before.at >= REFUSED_EVERY:
        bus.publish(REFUSED_TOPIC, {"place": place, "attempt": rejections.to_json(kept)})


def tell_accepted(bus: Bus, place: str) -> None:
    """Forget a place's rejected attempts, because its encoder was accepted."""
    rejections.book.forget(place)
    bus.publish(REFUSED_TOPIC, {"place": place, "attempt": None})


class HealthListener:
    """A component of a process that takes no streams itself: it hears the other's reports."""

    def __init__(self, bus: Bus, clock: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._clock = clock
        self._heard: dict[str, tuple[float, IngestHealth]] = {}
        self._restreams: dict[str, tuple[float, tuple[RestreamStatus, ...]]] = {}
        self._machines: dict[str, float] = {}  # when each was last heard
        self._undo: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._undo = [
            self._bus.hear(TOPIC, self._hear),
            self._bus.hear(RESTREAM_TOPIC, self._hear_restreams),
            self._bus.hear(MACHINE_TOPIC, self._hear_machine),
            self._bus.hear(REFUSED_TOPIC, self._hear_refused),
        ]
        self._task = asyncio.create_task(self._forget_on(), name="stream-health")

    async def stop(self) -> None:
        for undo in self._undo:
            undo()
        if self._task is not None:
            self._task.cancel()

    def forget_silent(self) -> None:
        oldest = self._clock() - SILENT_S
        self._heard = {channel: one for channel, one in self._heard.items() if one[0] > oldest}
        self._restreams = {key: one for key, one in self._restreams.items() if one[0] > oldest}
        self._report()
        for machine in [name for name, at in self._machines.items() if at <= oldest]:
            del self._machines[machine]
            latest.forget_machine(machine)

    def _hear(self, notice: Payload) -> None:
        try:
            told = dict(notice["health"])
            findings = _findings(told.pop("findings", ()))
            since = parse_iso(told.pop("since"))
            sources = tuple(SourceState(**one) for one in told.pop("sources", ())[:SOURCES_MAX])
            passed = tuple(map(str, told.pop("passed", ())[:PASSED_MAX]))
            figures = tuple(SourceFigures(**one) for one in told.pop("figures", ())[:SOURCES_MAX])
            health = IngestHealth(
                **told,
                since=since,
                findings=findings,
                sources=sources,
                passed=passed,
                figures=figures,
            )
            channel_id = str(notice["channel"])
        except (KeyError, TypeError, ValueError):
            log.warning("stream_health_passed_over")
            return
        if channel_id in self._heard or len(self._heard) < CHANNELS_MAX:
            self._heard[channel_id] = (self._clock(), health)
            self._report()

    def _hear_restreams(self, notice: Payload) -> None:
        try:
            told = notice["restreams"][:RESTREAMS_MAX]
            running = tuple(RestreamStatus(**one) for one in told)
            channel_id = str(notice["channel"])
        except (KeyError, TypeError, ValueError):
            log.warning("restream_states_passed_over")
            return
        if channel_id in self._restreams or len(self._restreams) < CHANNELS_MAX:
            self._restreams[channel_id] = (self._clock(), running)
            self._report()

    def _hear_machine(self, notice: Payload) -> None:
        try:
            findings = _findings(notice["findings"])
            disk = StorageReport(**notice["disk"]) if notice.get("disk") else None
            machine = str(notice["machine"])[:PLACE_MAX]
        except (KeyError, TypeError, ValueError):
            log.warning("machine_health_passed_over")
            return
        if machine in self._machines or len(self._machines) < MACHINES_MAX:
            self._machines[machine] = self._clock()
            latest.report_machine(machine, findings, disk)

    def _hear_refused(self, notice: Payload) -> None:
        try:
            place, told = str(notice["place"])[:PLACE_MAX], notice["attempt"]
            if told is None:
                rejections.book.forget(place)
            else:
                rejections.book.adopt(place, rejections.from_json(told))
        except (KeyError, TypeError, ValueError):
            log.warning("refusal_passed_over")

    def _report(self) -> None:
        latest.report({channel: health for channel, (_at, health) in self._heard.items()})
        latest.report_restreams({channel: one for channel, (_at, one) in self._restreams.items()})

    async def _forget_on(self) -> None:
        while True:
            await asyncio.sleep(latest.REPORT_EVERY_S)
            self.forget_silent()


def _findings(told: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(str(one["code"]), Level(one["level"]), float(one["figure"]))
        for one in told[:FINDINGS_MAX]
    )
