"""Several servers send the same text to as many viewers each, in turns, and their CPU is counted.

All stay connected throughout; in a round each has its turn of `passes` passes, one per 100 ms or as
fast as it can if that is slower. A figure is a median over the rounds, and a ratio is made within a
round: what else the machine does at that moment is in both of its sides.
"""

import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks import rig
from benchmarks.figures import CannotMeasure

PASS_EVERY_S = 0.1  # as often as ticks are cut
TURN_WITHIN_S = 60.0
SETTLE_S = 0.3
COUNTED_S = 6.0  # the last change of the viewer count is told within 5 s


@dataclass(frozen=True, slots=True)
class Runner:
    """A server of the contest: the command that starts it, and the hello of its viewers."""

    name: str
    command: Sequence[str | Path]
    path: str = "/"
    hello: bool = False
    passes: int = 30  # of one turn


@dataclass(slots=True)
class Contestant:
    """A runner with its viewers, and the CPU that it used in each round."""

    runner: Runner
    server: rig.Child
    viewers: rig.Viewers
    audience: int
    frames_per_cpu_s: list[float] = field(default_factory=list)

    def turn(self) -> None:
        """Send to everyone, `passes` times."""
        before = self.viewers.report()["frames"]
        expected = before
        cpu = self.server.cpu_s()
        for _ in range(self.runner.passes):
            began = time.monotonic()
            self.server.tell("pass")
            expected += self.audience
            got = self.viewers.expect(expected, TURN_WITHIN_S)
            if got < expected:
                raise CannotMeasure(
                    f"{self.runner.name}: {expected - got} frames did not arrive: "
                    f"{self.viewers.report()}"
                )
            time.sleep(max(0.0, began + PASS_EVERY_S - time.monotonic()))
        self.frames_per_cpu_s.append((expected - before) / (self.server.cpu_s() - cpu))

    @property
    def median(self) -> float:
        return statistics.median(self.frames_per_cpu_s)


class Timed(Protocol):
    @property
    def frames_per_cpu_s(self) -> list[float]: ...


def ratio(ours: Timed, theirs: Timed) -> float:
    """Return the median of the rounds' ratios."""
    pairs = zip(ours.frames_per_cpu_s, theirs.frames_per_cpu_s, strict=True)
    return statistics.median(mine / other for mine, other in pairs)


@contextmanager
def contest(runners: Sequence[Runner], audience: int) -> Iterator[dict[str, Contestant]]:
    """Start all servers, each with `audience` viewers, and warm them by a turn that does not
    count."""
    rig.enough_files()
    with ExitStack() as stack:
        contestants = {runner.name: _enter(stack, runner, audience) for runner in runners}
        time.sleep(COUNTED_S)
        for contestant in contestants.values():
            with _without_record(contestant):
                contestant.turn()
        yield contestants


def run_rounds(contestants: dict[str, Contestant], rounds: int) -> None:
    """Give every server its turn in each round; the order goes back and forth."""
    order = list(contestants.values())
    for _ in range(rounds):
        for contestant in order:
            if contestant.runner.hello:
                contestant.viewers.ping()  # who is silent for 75 s is cut
        for contestant in order:
            time.sleep(SETTLE_S)
            contestant.turn()
        order.reverse()


def _enter(stack: ExitStack, runner: Runner, audience: int) -> Contestant:
    server = stack.enter_context(rig.Child(runner.command, rig.SERVER_CORE))
    port = int(server.answer()[1])
    viewers = stack.enter_context(rig.Viewers(port, runner.path, hello=runner.hello))
    viewers.connect(audience, 120)
    return Contestant(runner, server, viewers, audience)


@contextlib.contextmanager
def _without_record(contestant: Contestant) -> Iterator[None]:
    yield
    contestant.frames_per_cpu_s.clear()
