"""How long the next person of a waitlist waits for the offer of a unit that somebody let lapse.

The whole server with its jobs, and 10,000 people who wait for one variant. 100 units are kept for
others, whose times end one after the other. Timed from the end of such a time until somebody else
sees the offer to the next person (`waitlist_process.py`); the 100 that have waited longest must
have them all, or there is no figure. Baseline in the same run: a queue of 100, so that the
difference is what the length costs. SQLite with `synchronous=FULL`, PostgreSQL with its defaults.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.append import postgres
from benchmarks.figures import CannotMeasure, Figure, percentile
from benchmarks.installation import installation
from tests.support.live import LiveServer

WAITING, FEW = 10_000, 100
SCRIPT = Path(__file__).with_name("waitlist_process.py")
FIGURES = (
    "waitlist_offer_s_sqlite", "waitlist_offer_p50_s_sqlite", "waitlist_offer_few_s_sqlite",
    "waitlist_offer_s", "waitlist_offer_p50_s", "waitlist_offer_few_s",
)  # fmt: skip


def run() -> Iterator[Figure]:
    yield from _measure("_sqlite", {})
    with postgres() as url:
        yield from _measure("", {"DATABASE_URL": url})


def _measure(name: str, environ: dict[str, str]) -> Iterator[Figure]:
    with installation(environ) as server:
        server.start()
        try:
            few, many = _ask(server, FEW), _ask(server, WAITING)
        finally:
            server.kill()
    yield Figure(f"waitlist_offer_s{name}", percentile(many, 0.99), "s", "<= 1")
    yield Figure(f"waitlist_offer_p50_s{name}", percentile(many, 0.5), "s")
    yield Figure(f"waitlist_offer_few_s{name}", percentile(few, 0.99), "s")


def _ask(server: LiveServer, people: int) -> list[float]:
    answer = server.python(SCRIPT.read_text(), str(people)).splitlines()[-1]
    told = json.loads(answer)
    if not told["is_right"]:
        raise CannotMeasure(f"{people} people who wait: {told}")
    waited: list[float] = told["waited_s"]
    return waited
