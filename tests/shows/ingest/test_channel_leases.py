"""Several processes take streams: a publisher is let in where its channel's lease is."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override

import pytest

from showfloor.accounts.database_threads import Database
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.kernel.settings import load
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.ports import Cause, PublishRejected
from showfloor.shows.ingest.service import IngestTimes, ShowIngest
from tests.shows.ingest.support import REQUEST, SHOW, make_ingest
from tests.support.waiting import await_until


class LeaseTable(Database):
    """Every key is the channel's; its lease is the test's."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = ""  # of the channel's lease
        self.renewals = 0
        self.is_silent = False
        self.released = asyncio.Event()
        self.may_release = asyncio.Event()
        self.may_release.set()

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        plain = verb.func if isinstance(verb, functools.partial) else verb
        match plain.__name__:
            case "take":
                self.holder = self.holder or args[1]
                return self.holder == args[1]
            case "renew":
                return self._renew(*args)
            case "release":
                await self.may_release.wait()
                self.holder = ""
                self.released.set()
            case "chosen_source":
                return None
        return SimpleNamespace(pk=SHOW.channel_id)

    def _renew(self, channel_ids: Sequence[str], owner: str) -> list[str]:
        self.renewals += 1
        if self.is_silent:
            raise OSError("the database does not answer")
        return [] if self.holder == owner else list(channel_ids)


@pytest.fixture
async def database() -> AsyncIterator[LeaseTable]:
    database = LeaseTable()
    yield database
    database.close()


@pytest.fixture
async def ingest(tmp_path: Path, database: LeaseTable) -> AsyncIterator[ShowIngest]:
    registry = LiveStreamRegistry(lambda channel_id: FileRecording(tmp_path / channel_id))
    ingest = make_ingest(load({}), database, registry, times=IngestTimes(renew_every_s=0.01))
    ingest.start()
    yield ingest
    await ingest.stop()
    await registry.close()


async def test_publisher_is_rejected_while_another_process_takes_its_show(
    ingest: ShowIngest, database: LeaseTable
) -> None:
    database.holder = "there"
    with pytest.raises(PublishRejected) as rejected:
        await ingest.open(REQUEST)
    assert (rejected.value.code, rejected.value.cause) == ("busy", Cause.BUSY)
    assert (ingest.broadcasts, database.holder) == (0, "there")


async def test_lease_is_renewed_while_there_is_a_publisher_and_released_after_it(
    ingest: ShowIngest, database: LeaseTable
) -> None:
    sink = await ingest.open(REQUEST)
    assert database.holder == "here"
    await await_until(lambda: database.renewals > 1)
    assert not sink.kicked.is_set()
    await sink.close("ended")
    await asyncio.wait_for(database.released.wait(), 5)
    assert database.holder == ""


async def test_publisher_whose_lease_was_taken_is_cut(
    ingest: ShowIngest, database: LeaseTable
) -> None:
    sink = await ingest.open(REQUEST)
    database.holder = "there"
    await await_until(sink.kicked.is_set)
    assert sink.kick_reason.message == "Another server takes this show now."
    await sink.close("refused")


async def test_picture_goes_on_while_the_database_does_not_answer(
    ingest: ShowIngest, database: LeaseTable
) -> None:
    sink = await ingest.open(REQUEST)
    database.is_silent = True
    await await_until(lambda: database.renewals > 2)
    assert not sink.kicked.is_set()
    await sink.close("ended")


async def test_encoder_that_comes_back_at_once_keeps_the_lease(
    ingest: ShowIngest, database: LeaseTable
) -> None:
    database.may_release.clear()
    await (await ingest.open(REQUEST)).close("lost")
    opening = asyncio.create_task(ingest.open(REQUEST))  # behind the release in its order
    database.may_release.set()
    sink = await opening
    assert database.holder == "here"
    await sink.close("ended")
    await await_until(lambda: database.holder == "")
