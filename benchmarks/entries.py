"""Entries delivered per CPU-second of one edge process, ten chat messages in a tick.

There are 5,000 viewers. The baseline of the same rounds is the C `send()` loop with the same bytes.
"""

from collections.abc import Iterator

from benchmarks import texts
from benchmarks.contest import contest, ratio, run_rounds
from benchmarks.edge_process import ours
from benchmarks.fanout import c_loop
from benchmarks.figures import Figure

AUDIENCE, PER_TICK, ROUNDS = 5_000, 10, 5
MESSAGE = "Does it come in green?"
FIGURES = (
    "entries_per_s", "entries_per_s_c", "entries_vs_c", "entries_frame_bytes",
)  # fmt: skip


def run() -> Iterator[Figure]:
    text = texts.tick([texts.message(1 + n, MESSAGE) for n in range(PER_TICK)])
    with contest([ours(entries=PER_TICK, text=MESSAGE), c_loop(text)], AUDIENCE) as contestants:
        run_rounds(contestants, ROUNDS)
        mine, limit = contestants["ours"], contestants["c"]
        yield Figure("entries_per_s", PER_TICK * mine.median, "entries/CPU-s", ">= 700000")
        yield Figure("entries_per_s_c", PER_TICK * limit.median, "entries/CPU-s")
        yield Figure("entries_vs_c", ratio(mine, limit), "times")
        yield Figure("entries_frame_bytes", len(text) + 4, "bytes")
