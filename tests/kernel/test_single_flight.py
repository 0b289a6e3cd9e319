"""Many who want the same at once cost one run."""

import asyncio

import pytest

from showfloor.kernel.single_flight import SingleFlight
from tests.support.waiting import await_until


class Slow:
    """Something that takes until it is let go; `fails` of its runs raise."""

    def __init__(self, fails: int = 0) -> None:
        self.fails = fails
        self.runs = 0
        self.may_end = asyncio.Event()

    async def make(self) -> int:
        self.runs += 1
        number = self.runs
        await self.may_end.wait()
        if number <= self.fails:
            raise OSError("away")
        return number


async def test_callers_during_a_run_share_its_result() -> None:
    flights, slow = SingleFlight[str, int](), Slow()
    asked = [asyncio.create_task(flights.run("a", slow.make)) for _ in range(3)]
    other = asyncio.create_task(flights.run("b", slow.make))
    await await_until(lambda: slow.runs == 2)
    slow.may_end.set()
    assert await asyncio.gather(*asked, other) == [1, 1, 1, 2]
    assert await flights.run("a", slow.make) == 3


async def test_an_error_is_everyone_s_and_the_next_one_tries_anew() -> None:
    flights, slow = SingleFlight[str, int](), Slow(fails=1)
    slow.may_end.set()
    asked = await asyncio.gather(
        *(flights.run("a", slow.make) for _ in range(3)), return_exceptions=True
    )
    assert [type(error) for error in asked] == [OSError, OSError, OSError]
    assert await flights.run("a", slow.make) == 2


async def test_it_goes_on_when_one_gives_up() -> None:
    flights, slow = SingleFlight[str, int](), Slow()
    first = asyncio.create_task(flights.run("a", slow.make))
    second = asyncio.create_task(flights.run("a", slow.make))
    await await_until(lambda: slow.runs == 1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    slow.may_end.set()
    assert await second == 1
