"""Thousands who want one variant at the same moment: durable holds a second on one hot SKU, and how
long the last of a crowd waits.

The service itself, without HTTP, in a process of an installation: what a batch of commands does.
Each hold is an idempotency row, the hold, the counter, and the show's `stock.level` entry in one
transaction; SQLite with `synchronous=FULL`, PostgreSQL with its defaults. Baselines on the same
PostgreSQL in the same run: the same service with one buyer in a transaction, and a lock with sums
(`baselines/sum_lock.py`). Afterwards rows, counter and log must agree, or there is no figure.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.append import postgres
from benchmarks.baselines import sum_lock
from benchmarks.figures import Figure
from benchmarks.installation import installation
from tests.support.live import LiveServer

SECONDS = 3.0
ROUNDS = 3
BATCH = 1_000  # buyers in a transaction at most; fewer when fewer wait
WRITERS_ON_POSTGRES = 2
CLIENTS = 8  # of the baselines, one transaction each
BUYERS, UNITS = 10_000, 2_000
SCRIPT = Path(__file__).with_name("hot_sku_process.py")
FIGURES = (
    "holds_per_s_sqlite", "holds_per_s_pg", "holds_per_request_per_s_pg", "holds_sum_lock_per_s_pg",
    "holds_vs_per_request", "holds_vs_sum_lock", "burst_p99_ms",
)  # fmt: skip


def run() -> Iterator[Figure]:
    with installation({}, waives_law=True) as server:
        per_s = median(_rate(server, 1, BATCH) for _ in range(ROUNDS))
    yield Figure("holds_per_s_sqlite", per_s, "holds/s", ">= 8000")
    with postgres() as url, installation({"DATABASE_URL": url}, waives_law=True) as server:
        ours, singly, sums = [], [], []
        for _ in range(ROUNDS):  # a ratio is made within a round
            ours.append(_rate(server, WRITERS_ON_POSTGRES, BATCH))
            singly.append(_rate(server, CLIENTS, 1))
            sums.append(sum_lock.per_second(url, SECONDS, CLIENTS))
        yield Figure("holds_per_s_pg", median(ours), "holds/s", ">= 20000")
        yield Figure("holds_per_request_per_s_pg", median(singly), "holds/s")
        yield Figure("holds_sum_lock_per_s_pg", median(sums), "holds/s")
        by_request = median(our / one for our, one in zip(ours, singly, strict=True))
        yield Figure("holds_vs_per_request", by_request, "x", ">= 10")
        by_sum = median(our / one for our, one in zip(ours, sums, strict=True))
        yield Figure("holds_vs_sum_lock", by_sum, "x", ">= 30")
        p99_ms = median(_burst(server) for _ in range(ROUNDS))
        yield Figure("burst_p99_ms", p99_ms, "ms", "<= 250")


def _rate(server: LiveServer, writers: int, batch: int) -> float:
    per_s: float = _ask(server, "rate", SECONDS, writers, batch)["per_s"]
    return per_s


def _burst(server: LiveServer) -> float:
    writers = WRITERS_ON_POSTGRES
    return _ask(server, "burst", SECONDS, writers, BATCH, BUYERS, UNITS)["p99_ms"]


def _ask(server: LiveServer, *arguments: object) -> dict[str, float]:
    words = [str(argument) for argument in arguments]
    told: dict[str, float] = json.loads(server.python(SCRIPT.read_text(), *words).splitlines()[-1])
    return told
