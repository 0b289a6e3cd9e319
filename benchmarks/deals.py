"""Scarce deals: how long a buyer waits for the answer when 10,000 tap within a second, that exactly
as many units go as there are, and that winners do not depend on the delay.

`deal_burst_p99_ms`: the commands of the room in the queue of the edge, without sockets, in a
process of an installation on SQLite (`synchronous=FULL`); from the tap to the answer that says when
it is decided. `deal_decide_ms`: all of them are decided then, and exactly 500 must have won, or
there is no figure.
`fairness_gap`: the share of the units that the slower half of the viewers wins in 1,000 openings,
with delays of 1 to 15 s, by the rules alone; its baseline is first come, first served.
"""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figures import CannotMeasure, Figure
from benchmarks.installation import installation
from showfloor.shows import delivery_clocks as clocks
from showfloor.shows.delivery_clocks import Delivery

BUYERS, UNITS, WITHIN_S = 10_000, 500, 1.0
OPENINGS, VIEWERS, PIECES = 1_000, 60, 20
SCRIPT = Path(__file__).with_name("deals_process.py")
FIGURES = ("deal_burst_p99_ms", "deal_decide_ms", "fairness_gap", "fairness_gap_by_arrival")


def run() -> Iterator[Figure]:
    told = _burst()
    if told["won"] != UNITS:
        raise CannotMeasure(f"{told['won']} of {UNITS} units were won")
    yield Figure("deal_burst_p99_ms", told["p99_ms"], "ms", "<= 300")
    yield Figure("deal_decide_ms", told["decide_ms"], "ms")
    yield Figure("fairness_gap", _share_of_slower(_by_response), "", "0.48..0.52")
    yield Figure("fairness_gap_by_arrival", _share_of_slower(_by_arrival), "")


def _burst() -> dict[str, float]:
    with installation({}, waives_law=True) as server:
        arguments = (str(BUYERS), str(UNITS), str(WITHIN_S))
        answer = server.python(SCRIPT.read_text("utf-8"), *arguments)
        found: dict[str, float] = json.loads(answer.splitlines()[-1])
        return found


def _by_response(delay: int, reaction: int) -> int:
    arrived, served = delay + reaction, Delivery(delay)
    counted = clocks.delay_ms(0, reaction, arrived, served, clocks.WINDOW_MAX_MS, 0)
    return clocks.response_ms(0, arrived, counted)


def _by_arrival(delay: int, reaction: int) -> int:
    return delay + reaction


def _share_of_slower(place: Callable[[int, int], int]) -> float:
    """Return the share of the units that go to the half of the viewers with the longer delays."""
    draw, slower = random.Random(43), 0
    for _ in range(OPENINGS):
        people = [
            (draw.randint(1_000, 15_000), int(draw.lognormvariate(7.5, 0.6)))
            for _ in range(VIEWERS)
        ]
        median = sorted(delay for delay, _reaction in people)[VIEWERS // 2]
        ranked = sorted(people, key=lambda one: (place(*one), draw.random()))
        slower += sum(delay >= median for delay, _reaction in ranked[:PIECES])
    return slower / (OPENINGS * PIECES)
