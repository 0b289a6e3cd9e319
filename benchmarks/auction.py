"""How many bids a second one auction takes, and how long a bidder waits for the answer.

The commands' queue and its verb, without sockets, in a process of an installation: 500 bidders,
each bid above all before, all in one auction. `bid_ack_p99_ms`: at 1,000 bids a second, sent
evenly; `bids_per_s`: as many as are answered. Baseline in the same run: one bidder, so one bid in
each transaction. SQLite with `synchronous=FULL`, PostgreSQL with its defaults. Afterwards the
auction's count, its rows and the answers must agree, or there is no figure.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.append import postgres
from benchmarks.figures import Figure
from benchmarks.installation import installation
from tests.support.live import LiveServer

SECONDS, BIDDERS, PER_S = 4.0, 500, 1000.0
SCRIPT = Path(__file__).with_name("auction_process.py")
FIGURES = (
    "bid_ack_p99_ms_sqlite", "bids_per_s_sqlite", "bids_singly_per_s_sqlite",
    "bid_ack_p99_ms", "bids_per_s", "bids_singly_per_s",
)  # fmt: skip


def run() -> Iterator[Figure]:
    yield from _measure("_sqlite", {})
    with postgres() as url:
        yield from _measure("", {"DATABASE_URL": url})


def _measure(name: str, environ: dict[str, str]) -> Iterator[Figure]:
    with installation(environ, waives_law=True) as server:
        ack = _ask(server, BIDDERS, PER_S)
        most, singly = _ask(server, BIDDERS, 0), _ask(server, 1, 0)
    yield Figure(f"bid_ack_p99_ms{name}", ack["p99_ms"], "ms", "<= 50")
    yield Figure(f"bids_per_s{name}", most["per_s"], "bids/s", ">= 1000")
    yield Figure(f"bids_singly_per_s{name}", singly["per_s"], "bids/s")


def _ask(server: LiveServer, bidders: int, per_s: float) -> dict[str, float]:
    words = [str(SECONDS), str(bidders), str(per_s)]
    told: dict[str, float] = json.loads(server.python(SCRIPT.read_text(), *words).splitlines()[-1])
    return told
