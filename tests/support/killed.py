"""`kill -9` of a process in the middle of its work, at random moments, with a ledger on the side of
the clients: every answer that was given is in it, and asking again must bring the same one.

A test gives the module of its worker (`kill_worker`) and a function that makes batches. The worker
runs on the test's own database, SQLite or PostgreSQL.
"""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, Final

import pytest
from django.db import connection

from tests.support.kill_worker import Asked, work

ANSWER_WITHIN_S: Final = 30.0
WORKERS: Final = (
    "tests.auctions.bid_worker", "tests.deals.take_worker", "tests.giveaways.draw_worker",
    "tests.stock.hold_worker", "tests.waitlists.wait_worker",
)  # fmt: skip
# Longer than `make soak` needs for 200 kills on a crowded machine.
SOAK: Final = (pytest.mark.soak, pytest.mark.timeout(3600))

_fork_server = multiprocessing.get_context("forkserver")
_fork_server.set_forkserver_preload(["tests.support.kill_worker", *WORKERS])


@dataclass
class Crowd:
    """Everyone who asks, with what they were told."""

    module: str
    options: tuple[str, ...]
    chance: random.Random
    answered: dict[Asked, Any] = field(default_factory=dict)
    open: list[Asked] = field(default_factory=list)  # sent, and not answered
    kills: int = 0
    _sent: list[Asked] = field(default_factory=list)  # the batch that is being done
    _took_s: float = 0.05  # the last that was answered
    _worker: ForkServerProcess | None = None
    _pipe: Connection | None = None

    def until_killed(self, batch: Callable[["Crowd"], list[Asked]]) -> None:
        """Have a few batches answered, then send one and kill the worker at a random moment, while
        it is being done or a little later."""
        for _batch in range(self.chance.randrange(3) if self.answered else 1):
            assert self.ask(batch(self)), "no answer"
        self.ask(batch(self), self.chance.uniform(0.0, 1.2 * self._took_s))
        self.kill()

    def ask(self, batch: list[Asked], within_s: float = ANSWER_WITHIN_S) -> bool:
        """Send a batch; return whether it was answered in time."""
        assert not self._sent, "the batch before is not answered"
        known = {*self.answered, *self.open}
        self.open += [one for one in batch if one not in known]
        if self._pipe is None:
            self._start()
        assert self._pipe is not None
        self._sent, began = batch, time.perf_counter()
        self._pipe.send(batch)
        is_answered = self._listen(within_s)
        if is_answered:
            self._took_s = time.perf_counter() - began
        return is_answered

    def kill(self) -> None:
        """Kill the worker, and take what it said before."""
        assert self._worker is not None, "nobody to kill"
        self._worker.kill()
        self.wait_for_death()

    def wait_for_death(self) -> None:
        """Wait until a worker has ended that was killed, or that killed itself."""
        assert self._worker is not None, "nobody to wait for"
        assert self._pipe is not None, "nobody to wait for"
        self._worker.join(ANSWER_WITHIN_S)
        assert self._worker.exitcode == -9, f"it ended by itself: {self._worker.exitcode}"
        if self._sent:
            self._listen(0.0)
        self._end()
        self.kills += 1

    def answers_of(self, operation: str) -> dict[str, Any]:
        """Return what was told to those who asked for this, by key."""
        return {key: told for (key, what), told in self.answered.items() if what == operation}

    def _start(self) -> None:
        self._pipe, theirs = _fork_server.Pipe()
        name = str(connection.settings_dict["NAME"])
        self._worker = _fork_server.Process(
            target=work, args=(theirs, self.module, name, self.options)
        )
        self._worker.start()
        theirs.close()
        assert self._pipe.poll(ANSWER_WITHIN_S), "no worker"
        assert self._pipe.recv() == "ready", "no worker"

    def _listen(self, within_s: float) -> bool:
        assert self._pipe is not None
        try:
            if not self._pipe.poll(within_s):
                return False
            told = self._pipe.recv()
        except (EOFError, OSError):  # killed before, or in the middle of its answer
            return False
        for asked, answer in zip(self._sent, told, strict=True):
            assert self.answered.setdefault(asked, answer) == answer, f"another answer: {asked}"
            if asked in self.open:
                self.open.remove(asked)
        self._sent = []
        return True

    def _end(self) -> None:
        self._sent = []
        if self._pipe is not None:
            self._pipe.close()
        if self._worker is not None:
            self._worker.join(ANSWER_WITHIN_S)
            self._worker.close()
        self._pipe = self._worker = None

    def close(self) -> None:
        if self._worker is not None and self._sent:
            self._worker.kill()
        self._end()


@contextmanager
def crowd(module: str, *options: str, seed: int | None = None) -> Iterator[Crowd]:
    """Yield people whose worker is of this module. The seed of a run that fails is shown."""
    chosen = random.randrange(1 << 30) if seed is None else seed
    print(f"seed {chosen}")  # noqa: T201
    made = Crowd(module, options, random.Random(chosen))
    try:
        yield made
    finally:
        made.close()
        kinds = ", ".join(sorted({what for _key, what in made.answered}))
        print(f"{made.kills} kills, {len(made.answered)} answers: {kinds}")  # noqa: T201
