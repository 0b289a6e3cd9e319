"""Turns at threads: who asks much waits for itself."""

import asyncio

import pytest

from showfloor.edge.http.fair_queue import FairQueue
from showfloor.kernel.errors import RateLimited, Unavailable
from tests.edge.socket_harness import turns
from tests.support.waiting import await_until


class Shop:
    """Requests that take until they are let go, in the order in which they got their turn."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.began: list[str] = []
        self._go: dict[str, asyncio.Event] = {}

    def ask(self, name: str) -> asyncio.Task[None]:
        """`name`: a network, then a number."""
        self._go[name] = asyncio.Event()
        return asyncio.create_task(self._work(name))

    async def _work(self, name: str) -> None:
        async with self.queue.turn(name.rstrip("0123456789")):
            self.began.append(name)
            await self._go[name].wait()

    async def end(self, *names: str) -> None:
        for name in names:
            self._go[name].set()
        await turns()


async def test_networks_take_turns_however_much_one_asks() -> None:
    shop = Shop(FairQueue(3))
    tasks = [shop.ask(f"crowd{n}") for n in range(50)]
    await turns()
    assert shop.began == ["crowd0"], "some turns are spared for others"
    tasks += [shop.ask(name) for name in ("ana1", "ben1", "cleo1", "dora1")]
    await turns()
    assert shop.began == ["crowd0", "ana1", "ben1"]
    await shop.end("ana1")
    await shop.end("crowd0")
    await shop.end("cleo1")
    assert shop.began[3:] == ["cleo1", "crowd1", "dora1"]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert shop.queue.waiting == 0


async def test_nobodys_network_uses_every_turn() -> None:
    shop = Shop(FairQueue(3))
    tasks = [shop.ask(str(n)) for n in range(4)]
    await turns()
    assert shop.began == ["0", "1", "2"]
    await shop.end("0", "1", "2", "3")
    await asyncio.gather(*tasks)


async def test_queue_is_bounded_for_a_network_and_in_all() -> None:
    shop = Shop(FairQueue(3, waiting_max=3, waiting_per_network_max=2))
    tasks = [shop.ask(name) for name in ("crowd1", "crowd2", "crowd3", "crowd4", "ana1", "ben1")]
    await turns()
    with pytest.raises(RateLimited):
        await tasks[3]
    tasks += [shop.ask("cleo1"), shop.ask("dora1")]
    await turns()
    with pytest.raises(Unavailable):
        await tasks[-1]
    assert shop.queue.waiting == 3
    await shop.end(*shop._go)
    await asyncio.gather(*tasks[:3], *tasks[4:-1])
    assert sorted(shop.began) == ["ana1", "ben1", "cleo1", "crowd1", "crowd2", "crowd3"]
    assert shop.queue._networks == {}, "nothing is kept of who has left"


async def test_turn_of_someone_who_left_goes_to_the_next() -> None:
    shop = Shop(FairQueue(1))
    first, second, third = shop.ask("ana1"), shop.ask("ben1"), shop.ask("cleo1")
    await turns()
    second.cancel()
    shop._go["ana1"].set()  # its turn passes on while `second` is being cancelled
    await await_until(lambda: "cleo1" in shop.began)
    assert "ben1" not in shop.began
    third.cancel()  # in the middle of its turn
    await asyncio.gather(first, second, third, return_exceptions=True)
    fourth = shop.ask("dora1")
    await turns()
    assert shop.began[-1] == "dora1"
    await shop.end("dora1")
    await fourth
    assert (shop.queue.waiting, shop.queue._networks) == (0, {})
