"""The latest health of each incoming stream and of the machine, readable on any thread.

The event loop reads its sessions and hands over immutable values, because a session's own
counters belong to the loop alone.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from showfloor.kernel.clock import utc_now
from showfloor.media.diagnostics import curves
from showfloor.media.diagnostics.findings import Finding
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.recording.storage import StorageReport

REPORT_EVERY_S = 0.5

_healths: Mapping[str, IngestHealth] = MappingProxyType({})
_machine: tuple[Finding, ...] = ()
_disk: StorageReport | None = None


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


def report_machine(findings: Sequence[Finding], disk: StorageReport | None = None) -> None:
    """Replace the findings about the machine that takes the streams, and its disk's figures."""
    global _machine, _disk
    _machine, _disk = tuple(findings), disk


def machine() -> Sequence[Finding]:
    """Return the findings about the machine that takes the streams."""
    return _machine


def disk() -> StorageReport | None:
    """Return the figures of the recordings' disk; None while nobody tells them."""
    return _disk
