"""What publishers do while something else happens comes out in one order, and nothing is lost."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override

import pytest
from django.db import OperationalError

from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.kernel.settings import load
from showfloor.media.hls.origin import LiveStreamRegistry
from showfloor.media.ports import PublishRejected, PublishRequest
from showfloor.roles import ingest
from showfloor.roles.database import Database
from showfloor.roles.directory import ShowDirectory, ShowInfo
from showfloor.roles.ingest import ShowIngest
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus
from tests.support.waiting import await_until

SHOW = ShowInfo(
    "show", "evening", "brand", "timeline", "backstage", "channel", ShowState.SCHEDULED, True
)
REQUEST = PublishRequest(app="live", key="key", encoder="OBS", remote="192.0.2.1:5000")


class Script(Database):
    """Every key is the channel's; verbs are written down, `before` runs ahead of each."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.before: Callable[[str], Any] = lambda name: None

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        plain = verb.func if isinstance(verb, functools.partial) else verb
        outcome = self.before(plain.__name__)
        if asyncio.iscoroutine(outcome):
            await outcome
        self.done.append(plain.__name__)
        return SimpleNamespace(pk=SHOW.channel_id)


class OneShow(ShowDirectory):
    show = SHOW

    @override
    async def by_channel(self, channel_id: str) -> ShowInfo | None:
        return SHOW

    @override
    async def by_timeline(self, timeline_id: str) -> ShowInfo | None:
        return self.show


class Stage:
    def __init__(self, channels: LiveStreamRegistry) -> None:
        self.channels = channels
        self.database, bus = Script(), Bus()
        self.directory = OneShow(self.database, bus)
        self.door = ShowIngest(load({}), self.database, self.directory, channels, bus)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    channels = LiveStreamRegistry(lambda channel_id: FileRecording(tmp_path / channel_id))
    stage = Stage(channels)
    stage.door.start()
    yield stage
    await stage.door.stop()
    await channels.close()
    stage.database.close()


async def test_a_key_rotated_while_its_publisher_is_let_in_is_refused(stage: Stage) -> None:
    def rotated_meanwhile(name: str) -> None:
        stage.database.before = lambda name: None
        stage.door.kick_channel(SHOW.channel_id)

    stage.database.before = rotated_meanwhile
    with pytest.raises(PublishRejected, match="not valid"):
        await stage.door.open(REQUEST)
    await (await stage.door.open(REQUEST)).close("ended")  # with the new one


async def test_the_loss_of_one_is_told_before_the_picture_of_the_next(stage: Stage) -> None:
    release = asyncio.Event()

    async def slow_to_lose(name: str) -> None:
        if name == "broadcast_lost":
            await release.wait()

    stage.database.before = slow_to_lose
    for reason in ("lost", "ended"):
        sink = await stage.door.open(REQUEST)
        stage.door._on_air[SHOW.channel_id].on_picture()
        if reason == "ended":
            release.set()
        await sink.close(reason)
    await await_until(lambda: not stage.door._tasks)
    told = [name for name in stage.database.done if name.startswith("broadcast")]
    assert told == ["broadcast_opened", "broadcast_lost"] * 2


async def test_the_loss_of_an_encoder_is_told_between_its_picture_and_the_next(
    stage: Stage,
) -> None:
    sink = await stage.door.open(REQUEST)
    on_air = stage.door._on_air[SHOW.channel_id]
    on_air.on_picture()
    on_air.on_picture_lost()
    on_air.on_picture()
    on_air.on_picture_lost()
    await sink.close("lost")  # before it came back: told already
    await await_until(lambda: not stage.door._tasks)
    told = [name for name in stage.database.done if name.startswith("broadcast")]
    assert told == ["broadcast_opened", "broadcast_lost"] * 2


async def test_a_picture_is_told_again_when_the_database_did_not_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "TRY_AGAIN_AFTER_S", (0.01,))

    def once_away(name: str) -> None:
        if name == "broadcast_opened":
            stage.database.before = lambda name: None
            raise OperationalError("the database is away")

    sink = await stage.door.open(REQUEST)
    stage.database.before = once_away
    stage.door._on_air[SHOW.channel_id].on_picture()
    await sink.close("ended")
    await await_until(lambda: not stage.door._tasks)
    assert stage.database.done[-2:] == ["broadcast_opened", "broadcast_lost"]


async def test_a_show_that_starts_while_its_publisher_is_let_in_is_public(stage: Stage) -> None:
    stage.directory.show = replace(SHOW, state=ShowState.LIVE)
    sink = await stage.door.open(REQUEST)
    channel = await stage.channels.open(SHOW.channel_id)
    await await_until(lambda: channel._public)
    await sink.close("ended")


async def test_a_channel_stays_open_while_its_publisher_has_sent_nothing(stage: Stage) -> None:
    sink = await stage.door.open(REQUEST)
    channel = await stage.channels.open(SHOW.channel_id)
    assert not channel.idle
    await sink.close("ended")
    assert channel.idle


async def test_stop_waits_until_the_loss_of_a_broadcast_is_told(stage: Stage) -> None:
    """What is told of a publisher's end is begun while the stop waits for that end."""
    release = asyncio.Event()

    async def slow_to_lose(name: str) -> None:
        if name == "broadcast_lost":
            await release.wait()

    stage.database.before = slow_to_lose
    sink = await stage.door.open(REQUEST)
    stage.door._on_air[SHOW.channel_id].on_picture()
    stopping = asyncio.create_task(stage.door.stop())
    await sink.kicked.wait()
    await sink.close("refused")
    await await_until(lambda: stage.door.broadcasts == 0)
    assert not stopping.done()
    release.set()
    await stopping
    assert stage.database.done[-2:] == ["broadcast_opened", "broadcast_lost"]


async def test_stop_tells_the_loss_of_a_broadcast_that_does_not_end_in_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "GONE_WITHIN_S", 0.01)
    sink = await stage.door.open(REQUEST)
    on_air = stage.door._on_air[SHOW.channel_id]
    on_air.on_picture()
    await stage.door.stop()
    assert stage.database.done[-2:] == ["broadcast_opened", "broadcast_lost"]
    on_air.on_picture()  # nobody is there to be told any more
    await sink.close("refused")
    assert (stage.door._tasks, stage.database.done[-1]) == (set(), "broadcast_lost")


async def test_stop_gives_up_on_a_database_that_does_not_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ingest, "TOLD_WITHIN_S", 0.01)
    never = asyncio.Event()

    async def away(name: str) -> None:
        await never.wait()

    sink = await stage.door.open(REQUEST)
    stage.database.before = away
    stage.door._on_air[SHOW.channel_id].on_picture()
    closing = asyncio.create_task(sink.close("refused"))
    await stage.door.stop()
    await closing
    assert stage.door._tasks == set()
    assert "shows_not_told" in caplog.text
    assert not [record for record in caplog.records if record.exc_info]


async def test_encoder_that_comes_while_the_server_stops_is_not_let_in(stage: Stage) -> None:
    stopping: list[asyncio.Task[None]] = []

    def stop_meanwhile(name: str) -> None:
        if not stopping:
            stopping.append(asyncio.create_task(stage.door.stop()))

    stage.database.before = stop_meanwhile
    with pytest.raises(PublishRejected, match="The server stops"):
        await stage.door.open(REQUEST)
    await stopping[0]
    with pytest.raises(PublishRejected, match="The server stops"):
        await stage.door.open(REQUEST)
    assert stage.door.broadcasts == 0
