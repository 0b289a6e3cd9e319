"""The threads that write commands: on connections that make a commit durable, and are not left
open, nor in a state that a failure left them in."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.roles.command_writers import CommandWriters
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Command
from tests.support.shows import guest, make_show

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def show() -> Show:
    return make_show(Brand.objects.create(slug="maison", name="Maison"), products=0)


@pytest.fixture
async def side() -> AsyncIterator[CommandWriters]:
    side = CommandWriters()
    await side.start()
    yield side
    await side.stop()


def message(show: Show, number: int, text: str = "") -> Command:
    claims = guest(show.brand, f"Guest {number}", network=f"net-{number}")
    return Command(f"c{number}", "message", {"text": text or f"no {number}"}, claims, show.pk)


async def in_writers[T](side: CommandWriters, ask: Callable[[], T]) -> list[T]:
    """Return the answer of each writer's thread."""
    asked = [asyncio.wrap_future(writer.submit(ask)) for writer in side._writers]
    return await asyncio.gather(*asked)


def durability() -> tuple[object, ...]:
    """Return the disk setting that a commit on this thread's connection waits for."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT journal_mode, synchronous FROM pragma_journal_mode,"
                           " pragma_synchronous")  # fmt: skip
        else:
            cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        row: tuple[object, ...] = cursor.fetchone()
    return row


async def test_acknowledged_command_is_durable(show: Show, side: CommandWriters) -> None:
    outcomes = await asyncio.gather(*(side.queue.submit(message(show, n)) for n in range(20)))
    assert [outcome.problem for outcome in outcomes] == [None] * 20
    assert sorted(outcome.seq or 0 for outcome in outcomes) == list(range(1, 21))
    full = 2
    is_sqlite = connection.vendor == "sqlite"
    assert set(await in_writers(side, durability)) == {("wal", full) if is_sqlite else ("on", "on")}


async def test_a_failure_leaves_nothing_behind(show: Show, side: CommandWriters) -> None:
    poisonous = Command("c", "message", {"text": "x"}, guest(show.brand, "N" * 31), show.pk)
    broken = await side.queue.submit(poisonous)
    good = await side.queue.submit(message(show, 1))
    assert good.problem is None
    if connection.vendor != "sqlite":  # which takes a name of any length
        assert broken.problem is not None
        assert broken.problem["status"] == 500
        assert good.seq == 1
    heads = await in_writers(side, lambda: timeline.head(show.timeline_id).seq)
    assert set(heads) == {good.seq}


async def test_stopping_writes_what_waits(show: Show) -> None:
    side = CommandWriters()
    waiting = [asyncio.ensure_future(side.queue.submit(message(show, n))) for n in range(30)]
    await asyncio.sleep(0)
    await side.stop()
    outcomes = await asyncio.gather(*waiting)
    assert [outcome.problem for outcome in outcomes] == [None] * 30
    refused = await side.queue.submit(message(show, 31))
    assert refused.problem is not None
    assert refused.problem["code"] == "stopping"
