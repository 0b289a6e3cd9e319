"""The limits of the fan-out: how far followers may fall behind, how much memory the rings take, and
how much is done in one turn of the event loop."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FeedLimits:
    catch_up_max: int = 20_000  # entries; further back a snapshot is cheaper
    retry_s: float = 0.5  # after an error of the database


@dataclass(frozen=True, slots=True)
class FanoutLimits:
    stalled_max_s: float = 15.0  # without taking a byte
    blocked_max_s: float = 60.0  # until all that waits is taken: BATCH_BYTES_MAX at 4 kB/s
    skip_behind: int = 2_000  # entries; further behind after a stall of `skip_after_s`: a snapshot
    skip_after_s: float = 5.0
    skips_max: int = 2  # within `skips_in_s`; the next one ends the connection
    skips_in_s: float = 60.0
    retry_s: float = 0.5  # after an error of the database
    writes_at_once: int = 1000  # in one turn of the event loop: about 5 ms


@dataclass(frozen=True, slots=True)
class HubLimits:
    sweep_every_s: float = 1.0
    # The rings of all timelines together; beyond the maximum they shrink to `rings_bytes`.
    rings_bytes_max: int = 256 * 1024 * 1024
    rings_bytes: int = 192 * 1024 * 1024
    feed: FeedLimits = field(default_factory=FeedLimits)
    fanout: FanoutLimits = field(default_factory=FanoutLimits)
