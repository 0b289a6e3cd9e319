"""10,000 viewers are cut off at once and come back, each to where it was.

While they are away people go on writing. Each comes back at a random moment within what its welcome
told it, says hello with its position, and must get what it missed: no gap, nothing twice, and no
SQL. The clock runs from the first who may come back to the last who has everything.

All SQL of the server is counted. What it runs anyway, in as long a time with nobody coming back, is
not the viewers'; of any statement, more than that and three are.
"""

import time
from collections import Counter
from collections.abc import Iterator

from benchmarks import rig
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.served_show import ServedShow, served_show

VIEWERS = 10_000
BEFORE, MISSED = 20, 50  # messages
SETTLE_S = 6.0  # the last change of the viewer count is told within 5 s
BACK_WITHIN_S = 60.0
CHANCE = 3  # of one statement, that a job happens to run now and not then
# How a connection is set up, of which each job makes one: what it then asks is counted itself.
SET_UP = ("PRAGMA ", "select sqlite_compileoption_used")
FIGURES = (
    "resume_10000_s", "resume_gaps", "resume_doubles", "resume_snapshots", "resume_sql",
    "resume_cpu_ms",
)  # fmt: skip


def run() -> Iterator[Figure]:
    with served_show(guests=VIEWERS, counted=True) as served, rig.on_core(rig.VIEWER_CORE):
        head = served.head()["seq"]
        with rig.Viewers(
            served.server.port, served.path, hello=True, tokens=served.tokens
        ) as viewers:
            viewers.ask(f"after {head}")
            viewers.connect(VIEWERS, 180)
            viewers.ping()  # who is silent for 75 s is cut
            if viewers.behind(_write(served, 0, BEFORE), 30):
                raise CannotMeasure("not everyone follows yet")
            viewers.ask("drop")
            head = _write(served, BEFORE, MISSED)
            time.sleep(SETTLE_S)
            yield from _come_back(served, viewers, head)


def _come_back(served: ServedShow, viewers: rig.Viewers, head: int) -> Iterator[Figure]:
    before, cpu, began = Counter(served.statements()), rig.cpu_s(served.pid), time.monotonic()
    opened = int(viewers.ask(f"back {int(BACK_WITHIN_S * 1000)} -1", BACK_WITHIN_S + 10)[1])
    missing = viewers.behind(head, BACK_WITHIN_S)
    seconds = time.monotonic() - began
    used = rig.cpu_s(served.pid) - cpu
    after = Counter(served.statements())
    time.sleep(seconds)
    run_anyway = Counter(served.statements()) - after
    report = viewers.report()
    if opened < VIEWERS or missing:
        raise CannotMeasure(f"{opened} are back, {missing} miss something: {report}")
    theirs = {
        statement: times
        for statement, times in (after - before).items()
        if times > run_anyway[statement] + CHANCE and not statement.startswith(SET_UP)
    }
    for statement, times in theirs.items():
        print(f"#   {times} times: {statement[:150]}")
    yield Figure("resume_10000_s", seconds, "s", "<= 10")
    yield Figure("resume_gaps", report["gaps"], "gaps", "0")
    yield Figure("resume_doubles", report["doubles"], "entries", "0")
    yield Figure("resume_snapshots", report["snapshots"], "viewers", "0")
    yield Figure("resume_sql", sum(theirs.values()), "statements", "0")
    yield Figure("resume_cpu_ms", 1000 * used / VIEWERS, "ms/viewer")


def _write(served: ServedShow, start: int, count: int) -> int:
    """Write the messages; return the seq of the last entry."""
    last = 0
    for number in range(start, start + count):
        told = served.command(served.tokens[number], "message", {"text": f"Message {number}"})
        assert told.get("seq"), f"a message was not taken: {told}"
        last = int(told["seq"])
    return last
