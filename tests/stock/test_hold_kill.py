"""`kill -9` of a process while it holds and sells for many buyers. A ledger on the side of the
clients has every answer that was given: none is lost, nothing happens twice, nothing is oversold,
and a request that is sent again under its key is answered as before."""

import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.outbox.models import IdempotencyKey
from showfloor.stock.models import Hold
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.support.live import ROOT

UNITS_PER_KILL = 12
ASKING = 10  # new buyers in a batch
ANSWER_WITHIN_S = 30.0
SCRIPT = Path(__file__).with_name("hold_process.py")

type Asked = tuple[str, str]  # key, operation


@dataclass
class Buyers:
    """Everyone who asks, with what they were told."""

    process: "subprocess.Popen[bytes]"
    chance: random.Random
    answered: dict[Asked, int] = field(default_factory=dict)
    open: list[Asked] = field(default_factory=list)  # sent, and not answered
    worker: int = 0
    _unread: bytes = b""

    def ask(self, batch: list[Asked], within_s: float) -> bool:
        """Send a batch; return whether it was answered in time."""
        assert self.process.stdin is not None
        self.open += [one for one in batch if one not in self.answered and one not in self.open]
        self.process.stdin.write(json.dumps(batch).encode() + b"\n")
        self.process.stdin.flush()
        return self._listen(within_s, batch)

    def new_batch(self) -> list[Asked]:
        """New buyers, those who buy what they hold, and some who ask again."""
        held = [key for (key, what), status in self.answered.items()
                if what == "hold" and status == 201]  # fmt: skip
        batch = [(f"buyer {self.chance.randrange(1 << 40)}", "hold") for _ in range(ASKING)]
        batch += [(key, "buy") for key in self.chance.sample(held, min(3, len(held)))]
        again = [*self.open, *self.answered]
        return list(dict.fromkeys(batch + self.chance.sample(again, min(4, len(again)))))

    def kill(self) -> None:
        """Kill the worker, take what it said before, and wait for the next one."""
        os.kill(self.worker, signal.SIGKILL)
        self._wait_for_another()

    def send_to_death(self) -> None:
        """Send a batch to a worker that dies in the middle of it."""
        self.ask(self.new_batch(), 0.0)
        self._wait_for_another()

    def _wait_for_another(self) -> None:
        killed = self.worker
        while self.worker == killed:
            assert self._listen(ANSWER_WITHIN_S), "no other worker"

    def _listen(self, within_s: float, batch: list[Asked] | None = None) -> bool:
        """Read one line, or until this batch is answered; False when the time is over first."""
        assert self.process.stdout is not None
        while True:
            while b"\n" not in self._unread:
                if not select.select([self.process.stdout], [], [], within_s)[0]:
                    return False
                got = os.read(self.process.stdout.fileno(), 65_536)
                assert got, "the process has ended"
                self._unread += got
            line, _, self._unread = self._unread.partition(b"\n")
            told = json.loads(line)
            self._take(told)
            if batch is None or (told != self.worker and told[0][:2] == list(batch[0])):
                return True

    def _take(self, told: "int | list[tuple[str, str, int]]") -> None:
        if isinstance(told, int):
            self.worker = told
            return
        for key, what, status in told:
            assert self.answered.setdefault((key, what), status) == status, "another answer"
            if (key, what) in self.open:
                self.open.remove((key, what))


@contextmanager
def buyers(seed: int, *options: str, script: Path = SCRIPT) -> Iterator[Buyers]:
    text = f"import django\ndjango.setup()\n{script.read_text()}"
    process = subprocess.Popen(
        [sys.executable, "-c", text, str(connection.settings_dict["NAME"]), *options],
        cwd=ROOT,
        env=os.environ | {
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "DJANGO_SETTINGS_MODULE": "showfloor.site.settings",
        },
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    found = Buyers(process, random.Random(seed))
    try:
        assert found._listen(ANSWER_WITHIN_S), "no worker"
        yield found
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "kills", [5, *(pytest.param(n, marks=pytest.mark.soak) for n in (200, 1000))]
)
@pytest.mark.timeout(3600)
def test_killed_batches_lose_double_and_oversell_nothing(brand: Brand, kills: int) -> None:
    units = UNITS_PER_KILL * kills
    cream = make_variant(brand, "CREAM", units)
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    with buyers(seed) as crowd:
        for _round in range(kills):
            while crowd.ask(crowd.new_batch(), crowd.chance.uniform(0.0, 0.02)):
                pass  # it was answered before the moment to kill came
            crowd.kill()
        # Buyers who got no answer may have a unit: they ask again before the rest is sold.
        assert not crowd.open or crowd.ask(list(crowd.open), ANSWER_WITHIN_S)
        while sum(what == "hold" and status == 201 for (_key, what), status in
                  crowd.answered.items()) < units:  # fmt: skip
            assert crowd.ask(crowd.new_batch(), ANSWER_WITHIN_S)
        assert crowd.ask([*crowd.open, *crowd.answered], ANSWER_WITHIN_S)
        assert crowd.open == []
        check(brand, crowd.answered)
    sold = sum(what == "buy" for _key, what in crowd.answered)
    assert level(cream) == (units - sold, units - sold)
    assert broken_invariants() == []


@pytest.mark.django_db(transaction=True)
def test_batch_that_dies_before_its_counters_leaves_nothing_behind(brand: Brand) -> None:
    make_variant(brand, "CREAM", 100)
    with buyers(7, "dying") as crowd:
        crowd.send_to_death()
        crowd.send_to_death()
    assert broken_invariants() == []
    assert Hold.objects.for_brand(brand).count() == 0


@pytest.mark.django_db(transaction=True)
def test_batch_that_dies_before_its_counters_leaves_halves_without_a_transaction(
    brand: Brand,
) -> None:
    make_variant(brand, "CREAM", 100)
    with buyers(7, "dying", "unguarded") as crowd:
        crowd.send_to_death()
    assert broken_invariants() == [
        f"CREAM: on hand 100, reserved 0, active holds {ASKING}, moved 100"
    ]


def check(brand: Brand, answered: dict[Asked, int]) -> None:
    """Each answer is stored once, and each unit that was promised is there once."""
    stored = IdempotencyKey.objects.for_brand(brand).values_list("key", "scope", "status")
    assert sorted(stored) == sorted(
        (key, f"{what} {key}", status) for (key, what), status in answered.items()
    )
    granted = {key for (key, what), status in answered.items() if (what, status) == ("hold", 201)}
    sold = {key for (key, what), status in answered.items() if (what, status) == ("buy", 201)}
    rows = Hold.objects.for_brand(brand).values_list("owner", "state")
    assert sorted(rows) == sorted((key, "claimed" if key in sold else "active") for key in granted)
