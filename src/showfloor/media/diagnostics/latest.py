"""How each incoming stream of this process and the machine are doing, for whoever asks on any
thread.

The event loop reads its sessions and hands over finished, immutable values: a session's own
counters belong to the loop alone.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from showfloor.media.diagnostics.findings import Finding
from showfloor.media.diagnostics.ingest_health import IngestHealth

REPORT_EVERY_S = 0.5

_healths: Mapping[str, IngestHealth] = MappingProxyType({})
_machine: tuple[Finding, ...] = ()


def report(healths: Mapping[str, IngestHealth]) -> None:
    """Take the health of all running streams, by channel id. Called by the ingest role only."""
    global _healths
    _healths = MappingProxyType(dict(healths))


def health(channel_id: str) -> IngestHealth | None:
    """How the incoming stream is doing, at most half a second old; None when nobody publishes."""
    return _healths.get(channel_id)


def report_machine(findings: Sequence[Finding]) -> None:
    """Take what is wrong with the machine that takes the streams."""
    global _machine
    _machine = tuple(findings)


def machine() -> Sequence[Finding]:
    """What is wrong with the machine that takes the streams, for all of its shows."""
    return _machine
