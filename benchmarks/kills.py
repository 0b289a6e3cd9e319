"""How many `kill -9` in the last second the verbs of selling live survive.

The soak tests of deals, waitlists, auctions and draws run on SQLite and on PostgreSQL, 200 kills
each. A ledger on the side of the clients has each answer that was given; a test that finds one of
them lost, done twice or answered differently fails, and then there is no figure. So what is counted
here are the kills that were survived, and the answers that were kept.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.figures import CannotMeasure, Figure

ROOT: Final = Path(__file__).parents[1]
WITHIN_S: Final = 900  # one test of 200 kills takes 30–90 s
TESTS: Final = {
    "deals": "tests/deals/test_take_kill.py",
    "waits": "tests/waitlists/test_wait_kill.py",
    "bids": "tests/auctions/test_auction_kill.py",
    "entries": "tests/giveaways/test_draw_kill.py",
}
DATABASES: Final = {"_sqlite": "sqlite", "": "postgres"}  # the end of a figure's name
FIGURES = tuple(
    f"{what}_kills{counted}{end}" for end in DATABASES for what in TESTS
    for counted in ("", "_answers")
)  # fmt: skip
_LEDGER: Final = re.compile(r"^(\d+) kills, (\d+) answers", re.MULTILINE)


def run() -> Iterator[Figure]:
    for end, database in DATABASES.items():
        for what, path in TESTS.items():
            kills, answers = _soak(path, database)
            yield Figure(f"{what}_kills{end}", kills, "kills", ">= 200")
            yield Figure(f"{what}_kills_answers{end}", answers, "answers")


def _soak(path: str, database: str) -> tuple[int, int]:
    """Run one test; return its kills and the answers in its ledger."""
    words = ["-m", "pytest", "-q", "-rP", "-m", "soak", "-k", "200", path]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**os.environ, "SHOWFLOOR_TEST_DB": database},
        capture_output=True, text=True, timeout=WITHIN_S, check=False,
    )  # fmt: skip
    found = _LEDGER.search(done.stdout)
    if done.returncode != 0 or found is None:
        raise CannotMeasure(f"{path} on {database}: {done.stdout[-2000:]}")
    return int(found[1]), int(found[2])
