"""The processes of an installation agree on how many are watching."""

from collections.abc import Callable
from typing import Any

import pytest

from showfloor.adapters.memory.link import MemoryExchange
from showfloor.timeline import presence_sync
from showfloor.timeline.bus import Bus
from showfloor.timeline.presence import EXACT_MAX, PresenceCounter
from showfloor.timeline.presence_sync import PresenceSync
from tests.support.waiting import await_until


class Process:
    def __init__(self, exchange: MemoryExchange) -> None:
        self.now_s = 1000.0
        self.bus, self.counter = Bus(), PresenceCounter()
        exchange.join(self.bus)
        self.sync = PresenceSync(self.counter, self.bus, every_s=0.01, clock=lambda: self.now_s)
        self.told: list[Any] = []
        self.bus.hear(presence_sync.TOPIC, self.told.append)


@pytest.fixture
def processes() -> list[Process]:
    exchange = MemoryExchange()
    return [Process(exchange) for _ in range(3)]


async def test_every_process_counts_the_viewers_of_all(processes: list[Process]) -> None:
    for number, process in enumerate(processes):
        process.sync.start()
        process.counter.join("show", 1)  # one person with a tab at each
        process.counter.join("show", 10 + number)
    # What was merged a moment ago may stand for a second.
    await await_until(lambda: all(one.counter.read("show").viewers == 4 for one in processes))
    processes[2].sync.stop()
    await await_until(lambda: all(one.counter.read("show").viewers == 3 for one in processes[:2]))
    for process in processes[:2]:
        process.sync.stop()


def test_changed_counts_are_sent_at_once_and_all_counts_now_and_then(
    processes: list[Process],
) -> None:
    one = processes[0]
    one.counter.join("a", 1)
    one.counter.join("b", 1)

    def told(after: Callable[[], object] = lambda: None) -> list[str]:
        one.told.clear()
        after()
        one.sync.tell()
        return [notice["timeline"] for notice in one.told]

    assert told() == ["a", "b"]
    assert told() == []
    assert told(lambda: one.counter.join("a", 2)) == ["a"]
    assert told(lambda: one.counter.join("a", 2)) == []  # a second tab
    one.now_s += presence_sync.AGAIN_EVERY_S
    assert told() == ["a", "b"]
    assert told(lambda: one.counter.leave("b", 1)) == ["b"]
    one.now_s += presence_sync.AGAIN_EVERY_S
    assert told() == ["a"]
    assert told(lambda: one.counter.join("b", 1)) == ["b"]


@pytest.mark.parametrize(
    "bad",
    [{}, {"process": "p"}, {"process": 1, "timeline": "a", "persons": ""},
     {"process": "p", "timeline": "a", "persons": "nonsense"}],
)  # fmt: skip
async def test_malformed_notice_is_ignored(processes: list[Process], bad: dict[str, Any]) -> None:
    processes[0].sync.start()
    processes[1].bus.publish(presence_sync.TOPIC, bad)
    assert processes[0].counter.snapshot() == {}
    processes[0].sync.stop()


def test_a_crowd_is_told_in_little(processes: list[Process]) -> None:
    one = processes[0]
    for person in range(EXACT_MAX + 1):
        one.counter.join("show", person << 40)
    one.sync.tell()
    [notice] = one.told
    assert "sketch" in notice
    assert len(str(notice)) < 3000
