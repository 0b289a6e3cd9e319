"""From an entry's commit to the last of 5,000 viewers having it, through the whole server.

Guests write at about ten messages a second, at random moments; ticks are cut every 100 ms. The
clock starts at the entry's own `at`, which is taken inside the transaction that writes it: a moment
before the commit, so what is measured is a little more than what is asked for.
"""

import random
import sqlite3
import time
from collections.abc import Iterator

from benchmarks import rig
from benchmarks.figures import CannotMeasure, Figure, percentile
from benchmarks.served_show import ServedShow, served_show

VIEWERS, WRITERS = 5_000, 150
MESSAGES, PER_S = 200, 10.0
SETTLE_S = 6.0  # the last change of the viewer count is told within 5 s
ARRIVES_WITHIN_S = 15.0
FIGURES = (
    "tick_to_last_p99_ms", "tick_to_last_p50_ms", "tick_to_last_worst_ms", "tick_to_last_cpu_share",
)  # fmt: skip


def run() -> Iterator[Figure]:
    with served_show(guests=WRITERS) as served, rig.on_core(rig.VIEWER_CORE):
        head = served.head()["seq"]
        with rig.Viewers(served.server.port, served.path, hello=True) as viewers:
            viewers.ask(f"after {head}")
            viewers.connect(VIEWERS, 120)
            time.sleep(SETTLE_S)
            viewers.ping()
            viewers.record()
            cpu, began = rig.cpu_s(served.pid), time.monotonic()
            first, last = _write(served, viewers)
            share = (rig.cpu_s(served.pid) - cpu) / (time.monotonic() - began)
            missing = viewers.behind(last, ARRIVES_WITHIN_S)
            if missing:
                raise CannotMeasure(f"{missing} viewers lack entry {last}: {viewers.report()}")
            taken = _taken_ms(served, first, viewers)
    yield Figure("tick_to_last_p99_ms", percentile(taken, 0.99), "ms", "<= 200")
    yield Figure("tick_to_last_p50_ms", percentile(taken, 0.5), "ms")
    yield Figure("tick_to_last_worst_ms", max(taken), "ms")
    yield Figure("tick_to_last_cpu_share", share, "cores")


def _write(served: ServedShow, viewers: rig.Viewers) -> tuple[int, int]:
    """Write the messages; return the seqs of the first and the last entry."""
    seqs = []
    chance = random.Random(1)  # the same moments in each run
    due = time.monotonic()
    for number in range(MESSAGES):
        due += chance.uniform(0.5, 1.5) / PER_S
        time.sleep(max(0.0, due - time.monotonic()))
        viewers.ask(f"ping {number} {MESSAGES}")  # each of them once in 20 s, as our page does
        token = served.tokens[number % len(served.tokens)]
        told = served.command(token, "message", {"text": f"Message {number}: is it in stock?"})
        assert told.get("seq"), f"a message was not taken: {told}"
        seqs.append(int(told["seq"]))
    return seqs[0], seqs[-1]


def _taken_ms(served: ServedShow, begin: int, viewers: rig.Viewers) -> list[float]:
    """Return how long each entry took to the viewer that got it last."""
    wall_ms = time.time() * 1000 - time.monotonic_ns() / 1e6
    arrived: dict[tuple[int, int], tuple[int, int]] = {}  # span of a frame: how many, the last
    for arrival in viewers.arrivals():
        count, last = arrived.get((arrival.first, arrival.last), (0, 0))
        arrived[arrival.first, arrival.last] = (count + 1, max(last, arrival.at))
    entries = _entries(served, begin)
    taken = []
    for (first, last), (count, at) in arrived.items():
        if count != VIEWERS:
            raise CannotMeasure(f"entries {first}..{last} reached {count} of {VIEWERS}")
        taken += [at / 1e6 + wall_ms - entries[seq] for seq in range(first, last + 1)]
    if len(taken) != len(entries):
        raise CannotMeasure(f"{len(entries)} entries, and {len(taken)} arrived")
    return taken


def _entries(served: ServedShow, begin: int) -> dict[int, int]:
    """Return `at` of each entry, in Unix milliseconds, from the log itself."""
    database = served.server.data_dir / "showfloor.sqlite3"
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    try:
        rows = connection.execute(
            "SELECT seq, at FROM timeline_entry WHERE timeline_id = ? AND seq >= ?",
            (served.timeline_id, begin),
        ).fetchall()
    finally:
        connection.close()
    return dict(rows)
