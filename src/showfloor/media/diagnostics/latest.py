"""The latest health of each incoming stream and of the machine, readable on any thread.

The event loop reads its sessions and hands over immutable values, because a session's own
counters belong to the loop alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from showfloor.kernel.clock import utc_now
from showfloor.media.diagnostics import curves
from showfloor.media.diagnostics.findings import Finding, worst_first
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.diagnostics.restream_status import RestreamStatus
from showfloor.media.recording.storage import StorageReport

REPORT_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class MachineReport:
    """The latest word of one process that takes streams."""

    findings: tuple[Finding, ...]
    disk: StorageReport | None


_healths: Mapping[str, IngestHealth] = MappingProxyType({})
_restreams: Mapping[str, tuple[RestreamStatus, ...]] = MappingProxyType({})
_machines: Mapping[str, MachineReport] = MappingProxyType({})


def report(healths: Mapping[str, IngestHealth]) -> None:
    """Replace the health of all running streams, by channel id."""
    global _healths
    _healths = MappingProxyType(dict(healths))
    at_s = int(utc_now().timestamp())
    for channel_id, one in healths.items():
        curves.book.record(channel_id, one.figures, at_s)


def health(channel_id: str) -> IngestHealth | None:
    """Return the stream's health, at most half a second old; None without a publisher."""
    return _healths.get(channel_id)


def report_restreams(statuses: Mapping[str, tuple[RestreamStatus, ...]]) -> None:
    """Replace the state of all restreams, by channel id."""
    global _restreams
    _restreams = MappingProxyType(dict(statuses))


def restreams(channel_id: str) -> tuple[RestreamStatus, ...]:
    """Return the state of the channel's restreams, also while a slate stands for its publisher."""
    return _restreams.get(channel_id, ())


def report_machine(
    machine: str, findings: Sequence[Finding], disk: StorageReport | None = None
) -> None:
    """Replace the findings about one machine that takes streams, and its disk's figures."""
    global _machines
    told = MachineReport(tuple(findings), disk)
    _machines = MappingProxyType({**_machines, machine: told})


def forget_machine(machine: str) -> None:
    """Forget a machine that tells nothing any more."""
    global _machines
    _machines = MappingProxyType({name: one for name, one in _machines.items() if name != machine})


def machine(name: str = "") -> Sequence[Finding]:
    """Return the findings about the machine of this name; about all that take streams where nobody
    knows which takes a show, each finding as the worst machine has it."""
    if name in _machines:
        return _machines[name].findings
    found: dict[str, Finding] = {}
    for finding in worst_first(one for report in _machines.values() for one in report.findings):
        found.setdefault(finding.code, finding)
    return tuple(found.values())


def disk(name: str = "") -> StorageReport | None:
    """Return the figures of the recordings' disk, of the machine of this name or of the one that
    has the least room; None while nobody tells them."""
    if name in _machines:
        return _machines[name].disk
    disks = [report.disk for report in _machines.values() if report.disk is not None]
    return min(disks, key=lambda one: one.hours_left, default=None)
