"""Healthy viewers while one in ten takes nothing: their p99, to their p99 without such neighbours.

Two edge processes with 900 healthy viewers each, one of them with 100 more who take nothing. Ticks
of some 10 KB go to the one and to the other in turn, so that whatever else the machine does meets
both; the buffers of who has stalled are full within the first second. From the moment an entry is
written to its arrival, over all healthy viewers and ticks of a round; the figures are medians over
the rounds, the ratio that of the ratios. The stalled are new in every round: the old ones are cut.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import rig
from benchmarks.edge_process import ours
from benchmarks.figures import CannotMeasure, Figure, percentile

HEALTHY, STALLED = 900, 100
ROUNDS, TICKS, ENTRIES = 9, 60, 40
TICK_EVERY_S = 0.13  # a little less often than ticks are cut: none waits for its turn
TICK_WITHIN_S = 10.0
COUNTED_S = 6.0  # that there are more viewers is told to all within 5 s: not what is measured
TEXT = "Is there one left in the blue of the first picture?"
FIGURES = (
    "stalled_p99_ratio", "stalled_p99_ms", "healthy_p99_ms", "stalled_viewer_rss_kb",
)  # fmt: skip


def run() -> Iterator[Figure]:
    rig.enough_files()
    grown: list[float] = []
    with ExitStack() as stack:
        calm, troubled = _Show(stack), _Show(stack)
        _alternate(calm, troubled)  # warms up
        for show in (calm, troubled):
            show.p99s_ms.clear()
        for _ in range(ROUNDS):
            before = troubled.server.rss_kb()
            with rig.Viewers(troubled.port, troubled.path, hello=True, small=True) as neighbours:
                neighbours.ask(f"after {troubled.seq}")  # as if they came from the page
                neighbours.connect(STALLED)
                neighbours.ask(f"stall {STALLED}")
                time.sleep(COUNTED_S)
                _alternate(calm, troubled)
                grown.append((troubled.server.rss_kb() - before) / STALLED)
    pairs = zip(troubled.p99s_ms, calm.p99s_ms, strict=True)
    ratio = statistics.median(with_them / without for with_them, without in pairs)
    yield Figure("stalled_p99_ratio", ratio, "times", "<= 1.2")
    yield Figure("stalled_p99_ms", statistics.median(troubled.p99s_ms), "ms")
    yield Figure("healthy_p99_ms", statistics.median(calm.p99s_ms), "ms")
    yield Figure("stalled_viewer_rss_kb", statistics.median(grown), "KB")


class _Show:
    """An edge process with its healthy viewers, and the time that each tick took to reach each."""

    def __init__(self, stack: ExitStack) -> None:
        runner = ours(entries=ENTRIES, text=TEXT)
        self.server = stack.enter_context(rig.Child(runner.command, rig.SERVER_CORE))
        self.port, self.path = int(self.server.answer()[1]), runner.path
        self.healthy = stack.enter_context(rig.Viewers(self.port, self.path, hello=True))
        self.healthy.connect(HEALTHY)
        self.seq = 0
        self.p99s_ms: list[float] = []  # of each round
        self._told: dict[int, int] = {}

    def begin(self) -> None:
        self._told.clear()
        self.healthy.ping()  # who is silent for 75 s is cut
        self.healthy.record()

    def tick(self) -> None:
        """Write entries, and wait until every healthy viewer has them."""
        self.seq += ENTRIES
        self._told[self.seq] = time.monotonic_ns()
        self.server.tell("pass")
        missing = self.healthy.behind(self.seq, TICK_WITHIN_S)
        if missing:
            raise CannotMeasure(f"a tick did not reach {missing}: {self.healthy.report()}")

    def end(self) -> None:
        taken_ns = [came.at - self._told[came.last] for came in self.healthy.arrivals()]
        self.p99s_ms.append(percentile(taken_ns, 0.99) / 1e6)


def _alternate(calm: _Show, troubled: _Show) -> None:
    """Run a round: a tick to the one process, a tick to the other."""
    shows = (calm, troubled)
    for show in shows:
        show.begin()
    for _ in range(TICKS):
        began = time.monotonic()
        for place, show in enumerate(shows, 1):
            show.tick()
            due = began + place * TICK_EVERY_S / len(shows)
            time.sleep(max(0.0, due - time.monotonic()))
    for show in shows:
        show.end()
