"""Changes reach every process: at once when told, soon when not, each once, none lost."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, override

import pytest
from django.db import OperationalError

from showfloor.accounts import access_changes, access_watch
from showfloor.accounts.access_changes import Change
from showfloor.accounts.access_watch import AccessWatch
from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import AccessChangeKind
from showfloor.timeline.bus import Bus
from tests.support.waiting import await_until

looks_often = pytest.mark.parametrize("look_every_s", [0.01])


def ban(number: int) -> Change:
    return Change(number, AccessChangeKind.BAN, "brand", f"g:{number}", "", None, 0)


class Table(Database):
    """The table, as this process finds it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Change] = []
        self.read_after: list[int] = []
        self.error: Exception | None = None

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.error is not None:
            raise self.error
        if verb is access_changes.last_before:
            return 0
        assert verb is access_changes.read
        after, limit = args
        self.read_after.append(after)
        later = (row for row in self.rows if row.id > after)
        return sorted(later, key=lambda row: row.id)[:limit]


class Watching:
    def __init__(self, look_every_s: float, page: int) -> None:
        self.table, self.bus = Table(), Bus()
        self.applied: list[int] = []
        self.now_s = 1000.0
        self.watch = AccessWatch(
            self.table, self.bus, lambda found: self.applied.extend(one.id for one in found),
            look_every_s=look_every_s, page=page, clock=lambda: self.now_s,
        )  # fmt: skip


@pytest.fixture
def look_every_s() -> float:
    return access_watch.LOOK_EVERY_S


@pytest.fixture
def page() -> int:
    return access_changes.READ_MAX


@pytest.fixture
async def watching(look_every_s: float, page: int) -> Any:
    made = Watching(look_every_s, page)
    yield made
    made.watch.stop()


@pytest.fixture
def told() -> Iterator[list[int]]:
    """Collect the changes that this process's own listeners hear."""
    ids: list[int] = []
    undo = access_changes.subscribe(lambda change: ids.append(change.id))
    yield ids
    undo()


@looks_often
async def test_change_of_another_process_is_found_without_a_notice(
    watching: Watching, told: list[int]
) -> None:
    watching.table.rows = [ban(1)]
    await watching.watch.start()
    assert watching.applied == [1]  # from before it started
    watching.table.rows += [ban(2), ban(3)]
    await await_until(lambda: watching.applied == [1, 2, 3])
    assert told == [1, 2, 3]


async def test_notice_makes_the_watch_look_at_once(watching: Watching) -> None:
    await watching.watch.start()
    watching.table.rows = [ban(1)]
    watching.bus.receive(access_watch.TOPIC, {})
    await await_until(lambda: watching.applied == [1], 1.0)


async def test_own_change_counts_at_once_and_is_told_to_others(
    watching: Watching,
) -> None:
    notices: list[Any] = []
    watching.bus.hear(access_watch.TOPIC, notices.append)
    await watching.watch.start()
    watching.table.error = OperationalError("away")  # no query is needed
    access_changes.tell(ban(7))
    await await_until(lambda: watching.applied == [7], 1.0)
    assert notices == [{}]
    watching.table.error, watching.table.rows = None, [ban(7)]
    await watching.watch.poll()
    assert watching.applied == [7]
    assert notices == [{}]  # what is known already is not told round and round


async def test_a_lower_id_that_is_committed_later_is_not_missed(watching: Watching) -> None:
    await watching.watch.start()
    for rows in ([5], [5, 3], [5, 3, 9], [5, 3, 9, 8, 1]):
        watching.table.rows = [ban(number) for number in rows]
        await watching.watch.poll()
        assert sorted(watching.applied) == sorted(rows)


async def test_a_look_reads_only_what_may_be_new(watching: Watching) -> None:
    await watching.watch.start()
    watching.table.rows = [ban(number) for number in range(1, 51)]
    await watching.watch.poll()
    watching.now_s += access_watch.LATE_S / 2
    watching.table.rows.append(ban(60))
    await watching.watch.poll()
    watching.now_s += access_watch.LATE_S / 2 + 1
    await watching.watch.poll()
    await watching.watch.poll()
    assert watching.table.read_after[-1] == 50
    assert len(watching.watch._seen) == 1
    watching.table.rows.append(ban(55))  # late, but not too late
    await watching.watch.poll()
    assert watching.applied[-1] == 55


@looks_often
async def test_a_database_that_is_away_for_a_while_loses_nothing(watching: Watching) -> None:
    await watching.watch.start()
    watching.table.error = OperationalError("away")
    asked = asyncio.Event()
    watching.bus.receive(access_watch.TOPIC, {})
    asyncio.get_running_loop().call_later(0.1, asked.set)
    watching.table.rows = [ban(1), ban(2)]
    await asked.wait()
    assert watching.applied == []
    watching.table.error = None
    await await_until(lambda: watching.applied == [1, 2])


@pytest.mark.parametrize("page", [10])
async def test_a_page_after_the_other_is_read(watching: Watching) -> None:
    await watching.watch.start()
    watching.table.rows = [ban(number) for number in range(1, 26)]
    await watching.watch.poll()
    assert watching.applied == list(range(1, 26))
    assert watching.table.read_after == [0, 0, 10, 20]
