"""Healthy viewers while one in ten takes nothing: their p99, to their p99 without such neighbours.

Ticks of some 10 KB, so that the buffers of who has stalled are full within the first second. From
the moment an entry is written to its arrival, over all healthy viewers and ticks of a phase; phases
without and with alternate, each with neighbours that are new, for the old ones have been cut.
"""

import statistics
import time
from collections.abc import Iterator

from benchmarks import rig
from benchmarks.edge_process import ours
from benchmarks.figures import CannotMeasure, Figure, percentile

HEALTHY, STALLED = 900, 100
ROUNDS, TICKS, ENTRIES = 7, 30, 40
TICK_EVERY_S = 0.13  # a little less often than ticks are cut: none waits for its turn
TICK_WITHIN_S = 10.0


def run() -> Iterator[Figure]:
    rig.enough_files()
    runner = ours(entries=ENTRIES, text="Is there one left in the blue of the first picture?")
    without, beside, grown = [], [], []
    with rig.Child(runner.command, rig.SERVER_CORE) as server:
        port = int(server.answer()[1])
        with rig.Viewers(port, runner.path, hello=True) as healthy:
            healthy.connect(HEALTHY)
            show = _Show(server, healthy)
            show.phase()  # warms up
            for _ in range(ROUNDS):
                without.append(show.phase())
                before = server.rss_kb()
                with rig.Viewers(port, runner.path, hello=True, small=True) as neighbours:
                    neighbours.ask(f"after {show.seq}")  # as if they came from the page
                    neighbours.connect(STALLED)
                    neighbours.ask(f"stall {STALLED}")
                    beside.append(show.phase())
                    grown.append((server.rss_kb() - before) / STALLED)
            if healthy.report()["open"] < HEALTHY:
                raise CannotMeasure(f"healthy viewers were cut: {healthy.report()}")
    ratios = [troubled / calm for troubled, calm in zip(beside, without, strict=True)]
    yield Figure("stalled_p99_ratio", statistics.median(ratios), "times", "<= 1.2")
    yield Figure("stalled_p99_ms", statistics.median(beside), "ms")
    yield Figure("healthy_p99_ms", statistics.median(without), "ms")
    yield Figure("stalled_viewer_rss_kb", statistics.median(grown), "KB")


class _Show:
    """Ticks go out; how long each took to whom is looked up in what the healthy ones recorded."""

    def __init__(self, server: rig.Child, healthy: rig.Viewers) -> None:
        self.seq = 0
        self._server = server
        self._healthy = healthy

    def phase(self) -> float:
        """The p99 of one phase, in milliseconds."""
        told: dict[int, int] = {}
        self._healthy.ping()  # who is silent for 75 s is cut
        self._healthy.record()
        for _ in range(TICKS):
            began = time.monotonic()
            self.seq += ENTRIES
            told[self.seq] = time.monotonic_ns()
            self._server.tell("pass")
            missing = self._healthy.behind(self.seq, TICK_WITHIN_S)
            if missing:
                raise CannotMeasure(f"a tick did not reach {missing} healthy viewers")
            time.sleep(max(0.0, began + TICK_EVERY_S - time.monotonic()))
        taken = [arrival.at - told[arrival.last] for arrival in self._healthy.arrivals()]
        return percentile(taken, 0.99) / 1e6
