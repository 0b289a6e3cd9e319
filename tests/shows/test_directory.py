"""An address is looked up by one query at a time, and nobody waits for it twice."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, override

import pytest
from django.db import OperationalError

from showfloor.accounts.database_threads import Database
from showfloor.shows import services as shows
from showfloor.shows.directory import DOUBT_S, ENTRIES_MAX, KEPT_S, STALE_S, ShowDirectory, ShowInfo
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus

SHOW = ShowInfo(
    "show", "evening", "brand", "timeline", "backstage", "channel", ShowState.LIVE, True
)


class Shows(Database):
    """One show; a query waits while `slow` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.show: ShowInfo | None = SHOW
        self.asked = 0
        self.slow = False
        self.was_asked, self.release = asyncio.Event(), asyncio.Event()
        self.error: Exception | None = None

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.asked += 1
        self.was_asked.set()
        show = self.show if kwargs == {"slug": "evening"} else None
        if self.slow:
            await self.release.wait()
        else:
            await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return show


class Place:
    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []
        self.shows, self.bus = Shows(), Bus()
        self.directory = ShowDirectory(
            self.shows, self.bus, entries_max=entries_max, clock=lambda: self.now, sleep=self.pause
        )

    async def pause(self, pause_s: float) -> None:
        self.pauses.append(pause_s)

    async def show(self) -> ShowInfo | None:
        return await self.directory.by_slug("evening")

    async def settle(self) -> None:
        while self.directory._looking._running:
            await asyncio.gather(*self.directory._looking._running.values(), return_exceptions=True)
            await asyncio.sleep(0)


@pytest.fixture
async def place() -> Place:
    return Place()


async def test_thousand_requests_at_once_make_one_query(place: Place) -> None:
    found = await asyncio.gather(*(place.show() for _ in range(1000)))
    assert found == [SHOW] * 1000
    assert await place.show() == SHOW
    assert place.shows.asked == 1


async def test_requests_get_the_known_show_while_it_is_looked_up_again(place: Place) -> None:
    await place.show()
    place.now += KEPT_S + 0.1
    place.shows.slow, place.shows.show = True, replace(SHOW, state=ShowState.ENDED)
    assert [await place.show() for _ in range(100)] == [SHOW] * 100
    place.shows.release.set()
    await place.settle()
    assert await place.show() == place.shows.show
    assert place.shows.asked == 2


async def test_show_not_asked_for_in_a_while_is_looked_up_first(place: Place) -> None:
    await place.show()
    place.now += STALE_S + 0.1
    place.shows.show = replace(SHOW, state=ShowState.ENDED)
    assert await place.show() == place.shows.show


@pytest.mark.parametrize("known", [None, replace(SHOW, published=False)])
async def test_hidden_show_is_looked_up_before_it_is_given(
    place: Place, known: ShowInfo | None
) -> None:
    place.shows.show = known
    assert await place.show() == known
    place.shows.show = SHOW
    assert await place.show() == known
    place.now += DOUBT_S + 0.01
    assert await place.show() == SHOW


async def test_show_that_starts_during_a_look_is_looked_up_again(place: Place) -> None:
    """A viewer whom the older row refuses would not come back."""
    place.directory.start()
    draft = replace(SHOW, state=ShowState.DRAFT)
    place.shows.show = draft
    assert await place.show() == draft  # its timeline is known from now on
    place.now += DOUBT_S
    place.shows.slow = True
    look = asyncio.create_task(place.show())
    place.shows.was_asked.clear()
    await place.shows.was_asked.wait()  # the row is read
    place.shows.show, place.shows.slow = SHOW, False
    place.bus.wake(SHOW.timeline_id)
    await asyncio.sleep(0)  # the wake-up reaches the directory
    place.shows.release.set()
    assert await look == draft
    assert await place.show() == SHOW


async def test_busy_chat_costs_no_query_for_each_join(place: Place) -> None:
    await place.show()
    place.now += 0.05
    for _ in range(50):
        place.directory.doubt("timeline")
        assert await place.show() == SHOW
    await place.settle()
    assert place.pauses[0] == pytest.approx(DOUBT_S - 0.05)
    assert place.shows.asked == 2


async def test_hidden_show_is_found_by_nobody(place: Place) -> None:
    await place.show()
    place.shows.show = hidden = replace(SHOW, published=False)
    place.directory.forget("timeline")
    assert await place.show() == hidden


async def test_show_that_has_ended_is_not_taken_to_be_live(place: Place) -> None:
    place.directory.start()
    await place.show()
    place.directory.doubt("timeline")  # as every entry of its timeline does
    place.shows.show = ended = replace(SHOW, state=ShowState.ENDED)
    await asyncio.to_thread(shows.tell_ended, "timeline")
    place.directory.stop()
    assert await place.show() == ended


async def test_row_read_before_a_show_was_hidden_is_not_used_after(place: Place) -> None:
    place.shows.slow = True
    looking = asyncio.create_task(place.show())
    await place.shows.was_asked.wait()
    place.shows.show = hidden = replace(SHOW, published=False)
    place.directory.forget("timeline")
    place.shows.release.set()
    assert await looking == hidden
    assert place.shows.asked == 2


async def test_without_its_database_a_public_show_goes_on(place: Place) -> None:
    await place.show()
    place.shows.error = OperationalError("away")
    for _ in range(3):
        place.now += STALE_S + 1
        assert await place.show() == SHOW
    with pytest.raises(OperationalError):
        await place.directory.by_slug("another")
    place.shows.error = None
    await place.settle()
    assert await place.directory.by_slug("another") is None


async def test_addresses_that_do_not_exist_do_not_fill_the_memory() -> None:
    place = Place(entries_max=10)
    for number in range(50):
        assert await place.directory.by_slug(f"none-{number}") is None
    await place.show()
    assert len(place.directory._kept) == 10
    assert len(place.directory._slugs) == 2


async def test_wake_up_makes_the_directory_look_again(place: Place) -> None:
    place.directory.start()
    await place.show()
    place.now += DOUBT_S
    for timeline_id in ("timeline", "backstage", "another", ""):
        place.bus.wake(timeline_id)
    await asyncio.sleep(0)
    assert await place.show() == SHOW
    await place.settle()
    assert place.shows.asked == 2
    place.directory.stop()
