"""Reports of publishers come out in one order while other things happen, and none is lost."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override

import pytest
from django.db import OperationalError

from showfloor.accounts.database_threads import Database
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.kernel.settings import load
from showfloor.media.diagnostics import latest
from showfloor.media.encoding.broadcast import BroadcastSession
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.ports import PublishRejected
from showfloor.media.restream.ports import Destination
from showfloor.media.restream.restreams import Restreams
from showfloor.shows.ingest.service import IngestTimes
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus
from tests.shows.ingest.support import REQUEST, SHOW, OneShow, make_ingest, publisher
from tests.support.waiting import await_until

RETRY_PAUSES_S = (0.01,)


class Script(Database):
    """Every key is the channel's; verbs are written down, `before` runs ahead of each."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.told: list[functools.partial[Any]] = []  # reports with their arguments
        self.before: Callable[[str], Any] = lambda name: None
        self.nothing: dict[str, Any] = {"chosen_source": None, "nowhere": []}

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        plain = verb.func if isinstance(verb, functools.partial) else verb
        outcome = self.before(plain.__name__)
        if asyncio.iscoroutine(outcome):
            await outcome
        self.done.append(plain.__name__)
        if isinstance(verb, functools.partial):
            self.told.append(verb)
        return self.nothing.get(plain.__name__, SimpleNamespace(pk=SHOW.channel_id))


class Stage:
    def __init__(self, channels: LiveStreamRegistry, times: IngestTimes) -> None:
        self.channels = channels
        self.database = Script()
        self.directory = OneShow(self.database, Bus())
        self.ingest = make_ingest(
            load({}), self.database, channels, directory=self.directory, times=times
        )

    @property
    def reports(self) -> list[str]:
        return [name for name in self.database.done if name.startswith("broadcast")]


@pytest.fixture
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    channels = LiveStreamRegistry(lambda channel_id: FileRecording(tmp_path / channel_id))
    times = getattr(request, "param", IngestTimes(retry_pauses_s=RETRY_PAUSES_S))
    stage = Stage(channels, times)
    stage.ingest.start()
    yield stage
    await stage.ingest.stop()
    await channels.close()
    stage.database.close()


async def test_key_rotated_while_its_publisher_is_admitted_is_rejected(stage: Stage) -> None:
    def rotated_meanwhile(name: str) -> None:
        stage.database.before = lambda name: None
        stage.ingest.kick_channel(SHOW.channel_id)

    stage.database.before = rotated_meanwhile
    with pytest.raises(PublishRejected, match="not valid"):
        await stage.ingest.open(REQUEST)
    await (await stage.ingest.open(REQUEST)).close("ended")  # with the new one


async def test_loss_of_a_broadcast_is_reported_before_the_picture_of_the_next(stage: Stage) -> None:
    release = asyncio.Event()

    async def slow_to_lose(name: str) -> None:
        if name == "broadcast_lost":
            await release.wait()

    stage.database.before = slow_to_lose
    for reason in ("lost", "ended"):
        sink = await stage.ingest.open(REQUEST)
        publisher(sink).on_picture()
        if reason == "ended":
            release.set()
        await sink.close(reason)
    await await_until(lambda: stage.reports == ["broadcast_opened", "broadcast_lost"] * 2)


async def test_loss_is_that_of_the_own_broadcast_and_not_of_one_elsewhere(stage: Stage) -> None:
    """Another process that has the show's lease meanwhile has a picture that is not lost."""
    sink = await stage.ingest.open(REQUEST)
    heard = publisher(sink)
    heard.on_picture()
    heard.on_picture_lost()
    heard.on_picture()
    await sink.close("lost")
    await await_until(lambda: stage.reports == ["broadcast_opened", "broadcast_lost"] * 2)
    ids = [one.keywords["broadcast_id"] for one in stage.database.told]
    assert ids == [ids[0], ids[0], ids[2], ids[2]]
    assert ids[0] != ids[2]


async def test_show_is_sent_elsewhere_only_while_it_is_live(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[Sequence[Destination]] = []
    monkeypatch.setattr(Restreams, "apply", lambda _self, wanted: applied.append(wanted))
    wanted = [Destination("d1", None)]
    stage.database.nothing["nowhere"] = wanted
    sink = await stage.ingest.open(REQUEST)
    for state in (ShowState.SCHEDULED, ShowState.LIVE, ShowState.ENDED):
        applied.clear()
        stage.directory.show = replace(SHOW, state=state)
        stage.ingest._show_changed(SHOW.backstage_id)
        await await_until(lambda: applied)
        assert list(applied[-1]) == (wanted if state is ShowState.LIVE else [])
    await sink.close("ended")


@pytest.mark.parametrize("ends", ["the encoder is back", "the show ends", "another process"])
async def test_restreams_of_a_show_outlive_its_encoder_until(stage: Stage, ends: str) -> None:
    stage.database.nothing |= {"nowhere": [Destination("d1", None)], "was_elsewhere": False}
    stage.directory.admitted = stage.directory.show = replace(SHOW, state=ShowState.LIVE)
    ingest = stage.ingest
    sink = await ingest.open(REQUEST)
    await await_until(lambda: latest.restreams(SHOW.channel_id))
    await sink.close("lost")
    assert (ingest.broadcasts, len(latest.restreams(SHOW.channel_id))) == (0, 1)
    if ends == "the encoder is back":
        again = await ingest.open(REQUEST)
        assert isinstance(again, BroadcastSession)
        assert again.is_on_air
        await again.close("ended")
        assert len(latest.restreams(SHOW.channel_id)) == 1
        return
    if ends == "the show ends":
        stage.directory.show = replace(SHOW, state=ShowState.ENDED)
    else:
        stage.database.nothing["was_elsewhere"] = True
    ingest._show_changed(SHOW.timeline_id)
    await await_until(lambda: not latest.restreams(SHOW.channel_id))


@pytest.mark.parametrize("stage", [IngestTimes(look_every_s=0.05)], indirect=True)
async def test_end_by_a_process_that_tells_nobody_is_seen(stage: Stage) -> None:
    stage.directory.admitted = stage.directory.show = replace(SHOW, state=ShowState.LIVE)
    sink = await stage.ingest.open(REQUEST)
    stage.directory.show = replace(SHOW, state=ShowState.ENDED)
    await await_until(sink.kicked.is_set)
    assert sink.kick_reason.message == "This show has ended."
    await sink.close("refused")


async def test_picture_that_comes_after_the_cut_takes_no_show_over(stage: Stage) -> None:
    """Another process may have the show by then."""
    sink = await stage.ingest.open(REQUEST)
    stage.ingest.kick_channel(SHOW.channel_id)
    publisher(sink).on_picture()
    await sink.close("refused")
    await (await stage.ingest.open(REQUEST)).close("ended")
    assert stage.reports == []


async def test_loss_of_an_encoder_is_reported_between_its_picture_and_the_next(
    stage: Stage,
) -> None:
    sink = await stage.ingest.open(REQUEST)
    heard = publisher(sink)
    heard.on_picture()
    heard.on_picture_lost()
    heard.on_picture()
    heard.on_picture_lost()
    await sink.close("lost")  # before it came back: told already
    await await_until(lambda: stage.reports == ["broadcast_opened", "broadcast_lost"] * 2)


async def test_picture_is_reported_again_when_the_database_did_not_answer(
    stage: Stage,
) -> None:

    def once_away(name: str) -> None:
        if name == "broadcast_opened":
            stage.database.before = lambda name: None
            raise OperationalError("the database is away")

    sink = await stage.ingest.open(REQUEST)
    stage.database.before = once_away
    publisher(sink).on_picture()
    await sink.close("ended")
    await await_until(lambda: stage.reports == ["broadcast_opened", "broadcast_lost"])


async def test_show_that_starts_while_its_publisher_is_admitted_is_public(stage: Stage) -> None:
    stage.directory.show = replace(SHOW, state=ShowState.LIVE)
    sink = await stage.ingest.open(REQUEST)
    channel = await stage.channels.open(SHOW.channel_id)
    await await_until(lambda: channel.is_public)
    await sink.close("ended")


async def test_channel_stays_open_while_its_publisher_has_sent_nothing(stage: Stage) -> None:
    sink = await stage.ingest.open(REQUEST)
    channel = await stage.channels.open(SHOW.channel_id)
    assert not channel.idle
    await sink.close("ended")
    assert channel.idle


async def test_stop_waits_until_the_loss_of_a_broadcast_is_reported(stage: Stage) -> None:
    """The report of a publisher's end begins while the stop waits for that end."""
    release = asyncio.Event()

    async def slow_to_lose(name: str) -> None:
        if name == "broadcast_lost":
            await release.wait()

    stage.database.before = slow_to_lose
    sink = await stage.ingest.open(REQUEST)
    publisher(sink).on_picture()
    stopping = asyncio.create_task(stage.ingest.stop())
    await sink.kicked.wait()
    await sink.close("refused")
    await await_until(lambda: stage.ingest.broadcasts == 0)
    assert not stopping.done()
    release.set()
    await stopping
    assert stage.reports == ["broadcast_opened", "broadcast_lost"]


@pytest.mark.parametrize("stage", [IngestTimes(gone_within_s=0.01)], indirect=True)
async def test_stop_reports_the_loss_of_a_broadcast_that_does_not_end_in_time(
    stage: Stage,
) -> None:
    sink = await stage.ingest.open(REQUEST)
    heard = publisher(sink)
    heard.on_picture()
    await stage.ingest.stop()
    assert stage.database.done[-2:] == ["broadcast_opened", "broadcast_lost"]
    heard.on_picture()  # after the stop nothing is reported
    await sink.close("refused")
    assert stage.reports == ["broadcast_opened", "broadcast_lost"]


@pytest.mark.parametrize("stage", [IngestTimes(stop_within_s=0.01)], indirect=True)
async def test_stop_gives_up_on_a_database_that_does_not_answer(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    never = asyncio.Event()

    async def away(name: str) -> None:
        await never.wait()

    sink = await stage.ingest.open(REQUEST)
    stage.database.before = away
    publisher(sink).on_picture()
    closing = asyncio.create_task(sink.close("refused"))
    await stage.ingest.stop()
    await closing
    assert "shows_not_told" in caplog.text
    assert not [record for record in caplog.records if record.exc_info]


async def test_encoder_that_comes_while_the_server_stops_is_not_let_in(stage: Stage) -> None:
    stopping: list[asyncio.Task[None]] = []

    def stop_meanwhile(name: str) -> None:
        if not stopping:
            stopping.append(asyncio.create_task(stage.ingest.stop()))

    stage.database.before = stop_meanwhile
    with pytest.raises(PublishRejected, match="The server stops"):
        await stage.ingest.open(REQUEST)
    await stopping[0]
    with pytest.raises(PublishRejected, match="The server stops"):
        await stage.ingest.open(REQUEST)
    assert stage.ingest.broadcasts == 0
