"""One suite over both ways to carry notices between processes: memory, and a real NATS."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from showfloor.adapters.memory.link import MemoryExchange
from showfloor.adapters.nats import link as nats_link
from showfloor.adapters.nats.link import PING_EVERY_S, NatsLink
from showfloor.timeline.bus import Bus, Wake
from tests.support.nats import NatsServer
from tests.support.waiting import await_until

SLOW_S = 30.0  # for a connection that is made anew, on a machine that does much else


class Ears:
    """What one process has heard."""

    def __init__(self, bus: Bus) -> None:
        self.wakes: list[Wake] = []
        self.notices: list[Any] = []
        bus.subscribe(self.wakes.append)
        bus.hear("news", self.notices.append)


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path)
    server.start()
    yield server
    server.stop()


async def linked(
    bus: Bus, *servers: str, namespace: str = "tests", ping_every_s: float = PING_EVERY_S
) -> NatsLink:
    link = NatsLink(bus, servers, namespace, ping_every_s=ping_every_s)
    link.start()
    await await_until(lambda: link.connected)
    return link


@pytest.fixture(params=["memory", "nats"])
async def buses(request: pytest.FixtureRequest) -> AsyncIterator[list[Bus]]:
    """Those of three processes."""
    made = [Bus(), Bus(), Bus()]
    if request.param == "memory":
        exchange = MemoryExchange()
        for bus in made:
            exchange.join(bus)
        yield made
        return
    server = request.getfixturevalue("nats")
    links = [await linked(bus, server.url) for bus in made]
    yield made
    for link in links:
        await link.stop()


async def test_a_wake_up_is_heard_everywhere_once(buses: list[Bus]) -> None:
    ears = [Ears(bus) for bus in buses]
    buses[0].wake("show", redacted=(3, 4))
    buses[0].wake_person("brand", "m:ana")
    wanted = [Wake("show", (3, 4)), Wake(brand_id="brand", person="m:ana")]
    assert ears[0].wakes == wanted  # the own process waits for nobody
    await await_until(lambda: all(len(one.wakes) >= 2 for one in ears))
    buses[0].publish("news", {"end": True})
    await await_until(lambda: all(one.notices for one in ears))
    assert [one.wakes for one in ears] == [wanted] * 3


async def test_notices_come_in_order_and_only_where_they_are_listened_for(buses: list[Bus]) -> None:
    ears = [Ears(bus) for bus in buses]
    buses[1].publish("other", {"n": -1})
    for number in range(500):
        buses[1].publish("news", {"n": number, "text": "ü"})
    await await_until(lambda: all(len(one.notices) == 500 for one in ears))
    for one in ears:
        assert [notice["n"] for notice in one.notices] == list(range(500))
        assert one.wakes == []


async def test_unsubscribed_listener_gets_nothing(buses: list[Bus]) -> None:
    heard: list[Any] = []
    quiet = buses[1].hear("news", heard.append)
    ears = Ears(buses[1])
    quiet()
    buses[0].publish("news", {})
    await await_until(lambda: ears.notices)
    assert heard == []


async def test_any_thread_may_tell(buses: list[Bus]) -> None:
    ears = Ears(buses[2])

    def tell(thread: int) -> None:
        for number in range(50):
            buses[0].publish("news", {"thread": thread, "n": number})

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    await await_until(lambda: len(ears.notices) == 200)
    for thread in threads:
        thread.join()
    for number in range(4):
        own = [notice["n"] for notice in ears.notices if notice["thread"] == number]
        assert own == list(range(50))


@pytest.mark.parametrize(
    "nonsense",
    [None, [], "text", {"timeline": 1}, {"timeline": "a", "redacted": "b"},
     {"timeline": "a", "redacted": ["b"]}, {"timeline": "a", "redacted": [1] * 5000}],
)  # fmt: skip
def test_nonsense_from_outside_is_passed_over(nonsense: Any) -> None:
    bus = Bus()
    ears = Ears(bus)
    bus.receive("wake", nonsense)
    assert ears.wakes == []


async def test_a_listener_in_trouble_does_not_end_the_link(nats: NatsServer) -> None:
    here, there = Bus(), Bus()
    links = [await linked(here, nats.url), await linked(there, nats.url)]
    heard: list[Any] = []

    def listen(notice: Any) -> None:
        heard.append(notice)
        raise RuntimeError("trouble")

    there.hear("news", listen)
    here.publish("news", {"n": 1})
    here.publish("news", {"n": 2})
    await await_until(lambda: len(heard) == 2)
    assert links[1].connected
    for link in links:
        await link.stop()


async def test_two_installations_share_a_nats(nats: NatsServer) -> None:
    ours, also_ours, theirs = Bus(), Bus(), Bus()
    links = [
        await linked(ours, nats.url),
        await linked(also_ours, nats.url),
        await linked(theirs, nats.url, namespace="theirs"),
    ]
    heard, not_heard = Ears(also_ours), Ears(theirs)
    ours.publish("news", {})
    await await_until(lambda: heard.notices)
    assert not_heard.notices == []
    for link in links:
        await link.stop()


async def test_without_nats_nobody_waits_and_what_waits_is_bounded(tmp_path: Path) -> None:
    away = NatsServer(tmp_path)  # never started
    bus = Bus()
    ears = Ears(bus)
    link = NatsLink(bus, [away.url], "tests")
    link.start()
    for number in range(nats_link.PENDING_MAX + 100):
        bus.publish("news", {"n": number})
        bus.wake("busy show")  # the same over and over: waits once
    assert len(ears.notices) == nats_link.PENDING_MAX + 100
    assert len(link._pending) == nats_link.PENDING_MAX
    assert 100 < link.dropped < 110
    assert not link.connected
    await link.stop()


@pytest.mark.parametrize("outage", ["killed", "frozen"])
async def test_after_an_outage_notices_flow_again(nats: NatsServer, outage: str) -> None:
    here, there = Bus(), Bus()
    links = [await linked(bus, nats.url, ping_every_s=0.2) for bus in (here, there)]
    ears = Ears(there)
    here.wake("before")
    await await_until(lambda: ears.wakes)
    if outage == "killed":
        nats.kill()
    else:
        nats.freeze()
    await await_until(lambda: not any(link.connected for link in links), SLOW_S)
    here.wake("during")
    if outage == "killed":
        nats.start()
    else:
        nats.thaw()
    await await_until(lambda: all(link.connected for link in links), SLOW_S)

    def is_heard() -> bool:
        here.wake("after")  # again and again: a single notice may be lost
        return Wake("after") in ears.wakes

    await await_until(is_heard, SLOW_S)
    for link in links:
        await link.stop()


async def test_a_cluster_goes_on_without_one_of_its_nodes(tmp_path: Path) -> None:
    first = NatsServer(tmp_path, routes=(1,))
    first._routes = (first.cluster_port,)
    nodes = [first, *(NatsServer(tmp_path, routes=(first.cluster_port,)) for _ in range(2))]
    for node in nodes:
        node.start()
    urls = [node.url for node in nodes]
    try:
        here, there = Bus(), Bus()
        links = [await linked(here, urls[0]), await linked(there, urls[1])]
        ears = Ears(there)

        def joined() -> bool:
            here.wake("routes are there")
            return bool(ears.wakes)

        await await_until(joined)
        moving = [Bus(), Bus()]
        links += [await linked(bus, *urls) for bus in moving]
        heard = [Ears(bus) for bus in moving]
        for number in range(200):
            here.publish("news", {"n": number})
            if number == 100:
                nodes[2].kill()
            await asyncio.sleep(0)
        await await_until(lambda: len(ears.notices) == 200)  # its node stands: nothing is lost
        assert [notice["n"] for notice in ears.notices] == list(range(200))
        await await_until(lambda: all(link.connected for link in links))

        def told() -> bool:
            here.wake("after")  # again: who has just come back is not known to all nodes at once
            return all(Wake("after") in one.wakes for one in heard)

        await await_until(told)
        for link in links:
            await link.stop()
    finally:
        for node in nodes:
            node.stop()
