"""Turns go to the thread that asked first, in one process and between several."""

import fcntl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from showfloor.kernel.turns import PASSED_MAX, Turns, Wait
from tests.support.live import ROOT
from tests.support.waiting import wait_until

OTHERS = 4
TURNS_EACH = 20
# Takes turn after turn without a pause, writes a line for each, and says when it has begun.
_BUSY = """
import sys, time
from pathlib import Path
from showfloor.kernel.turns import Turns
turns, log = Turns(Path(sys.argv[1])), open(sys.argv[1] + "-log", "a")
while True:
    with turns.take():
        log.write("b")
        log.flush()
        time.sleep(0.005)  # as long as a transaction takes
"""


def test_threads_get_their_turns_in_the_order_of_asking() -> None:
    taking, order = Turns(None), list[int]()

    def ask(number: int) -> None:
        with taking.take():
            order.append(number)

    waits: list[Wait] = []
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(OTHERS)]
    with taking.take():
        taking.observe = waits.append
        for asked, thread in enumerate(threads, start=1):
            thread.start()
            wait_until(lambda asked=asked: len(taking._waiting) == asked, 5, "it to wait")  # type: ignore[misc]
    for thread in threads:
        thread.join(5)
    assert (order, taking.is_taken) == ([*range(OTHERS)], False)
    assert waits == [Wait(ahead=number, others=number) for number in range(OTHERS)]


def test_busy_thread_passes_the_one_that_waits_a_few_times_at_most() -> None:
    taking, order = Turns(None), list[str]()
    both_are_there = threading.Barrier(2)
    waits: list[Wait] = []
    taking.observe = waits.append

    def ask(name: str) -> None:
        both_are_there.wait(5)
        for _number in range(TURNS_EACH):
            with taking.take():
                if len(order) == 0:
                    wait_until(lambda: taking._waiting, 5, "the other")
                order.append(name)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    first, second = order[0], "ba"["ab".index(order[0])]
    until_both_had_some = "".join(order)[: order.index(second)]
    assert len(order) == len(waits) == 2 * TURNS_EACH
    assert [wait for wait in waits if wait.others > wait.others_max] == []
    assert {wait.ahead for wait in waits} == {0}
    assert until_both_had_some in {first * turns for turns in range(1, PASSED_MAX + 2)}


@contextmanager
def busy_process(path: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-c", _BUSY, path], env={"PYTHONPATH": str(ROOT / "src")}
    )
    try:
        wait_until(lambda: turns_of_other(path) > 0, 20, "the other process")
        yield
    finally:
        process.kill()
        process.wait(10)


def turns_of_other(path: Path) -> int:
    log = Path(f"{path}-log")
    return log.stat().st_size if log.exists() else 0


def test_busy_process_lets_another_have_every_second_turn(tmp_path: Path) -> None:
    path = tmp_path / "database"
    taking = Turns(path)
    passed = []
    with busy_process(path):
        for _number in range(TURNS_EACH):
            seen = turns_of_other(path)
            wait_until(lambda seen=seen: turns_of_other(path) > seen, 5, "it to go on")  # type: ignore[misc]
            before = turns_of_other(path)
            with taking.take():
                passed.append(turns_of_other(path) - before)
    # The one that it had, and one that it had asked for; a busy machine may add some now and then.
    assert sorted(passed)[TURNS_EACH // 2] <= 2


def test_process_stopped_in_its_turn_stops_no_other(tmp_path: Path) -> None:
    path = tmp_path / "database"
    with Path(f"{path}-turn").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with Turns(path, patience_s=0.05).take():
            pass
        with Turns(path, patience_s=0.05).take():  # the turnstile was left free for the next
            pass


def test_folder_that_takes_no_files_leaves_turns_in_this_process(tmp_path: Path) -> None:
    taking = Turns(tmp_path / "missing" / "database")
    with taking.take():
        assert taking.is_taken
    assert not taking.is_taken
