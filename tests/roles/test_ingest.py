"""Who may publish while another encoder is there that has not sent a picture yet."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override

import pytest

from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.kernel.settings import Settings, load
from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.media.hls.origin import LiveStreamRegistry
from showfloor.media.ports import MediaSink, PublishRejected, PublishRequest
from showfloor.roles.database import Database
from showfloor.roles.directory import ShowDirectory, ShowInfo
from showfloor.roles.ingest import ShowIngest
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus

SHOW = ShowInfo(
    "show", "evening", "brand", "timeline", "backstage", "channel", ShowState.SCHEDULED, True
)
REQUEST = PublishRequest(app="live", key="key", encoder="OBS", remote="192.0.2.1:5000")


class OneChannel(Database):
    """Every key is the channel's."""

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return SimpleNamespace(pk=SHOW.channel_id)


class OneShow(ShowDirectory):
    @override
    async def by_channel(self, channel_id: str) -> ShowInfo | None:
        return SHOW


@pytest.fixture
async def channels(tmp_path: Path) -> AsyncIterator[LiveStreamRegistry]:
    registry = LiveStreamRegistry(lambda channel_id: FileRecording(tmp_path / channel_id))
    yield registry
    await registry.close()


def ingest(settings: Settings, channels: LiveStreamRegistry) -> ShowIngest:
    database, bus = OneChannel(), Bus()
    return ShowIngest(settings, database, OneShow(database, bus), channels, bus)


async def test_one_that_just_came_is_not_pushed_out(channels: LiveStreamRegistry) -> None:
    door = ingest(load({}), channels)
    first = await door.open(REQUEST)
    with pytest.raises(PublishRejected) as refused:
        await door.open(REQUEST)
    assert (refused.value.code, first.kicked.is_set()) == ("busy", False)
    await first.close("ended")


async def test_one_without_a_picture_for_too_long_makes_room(channels: LiveStreamRegistry) -> None:
    door = ingest(replace(load({}), ingest_silence_s=0), channels)
    first = await door.open(REQUEST)

    async def cut_when_told(sink: MediaSink) -> None:
        await sink.kicked.wait()
        await sink.close("lost")

    cutting = asyncio.create_task(cut_when_told(first))
    second = await door.open(REQUEST)
    await cutting
    assert (first.kicked.is_set(), second.kicked.is_set(), door.broadcasts) == (True, False, 1)
    assert first.kick_reason.code == "busy"
    await second.close("ended")


async def test_encoder_whose_key_was_rotated_is_cut_as_unauthorized(
    channels: LiveStreamRegistry,
) -> None:
    door = ingest(load({}), channels)
    sink = await door.open(REQUEST)
    door.kick_channel(SHOW.channel_id)
    assert (sink.kicked.is_set(), sink.kick_reason.code) == (True, "unauthorized")
    await sink.close("refused")


async def test_encoder_is_not_called_unauthorized_because_the_server_stops(
    channels: LiveStreamRegistry,
) -> None:
    door = ingest(load({}), channels)
    door.start()
    sink = await door.open(REQUEST)
    stopping = asyncio.create_task(door.stop())
    await sink.kicked.wait()
    assert sink.kick_reason.code == "failed"
    await sink.close("refused")
    await stopping


async def test_who_comes_back_while_the_last_pictures_are_kept_is_let_in(
    channels: LiveStreamRegistry,
) -> None:
    door = ingest(load({}), channels)
    first = await door.open(REQUEST)
    leaving = asyncio.create_task(first.close("ended"))
    await asyncio.sleep(0)  # it has begun to close
    second = await door.open(REQUEST)
    await leaving
    assert (door.broadcasts, second.kicked.is_set()) == (1, False)
    await second.close("ended")


class Behind(ShowIngest):
    """Its broadcasts do not keep up."""

    @override
    def findings(self) -> list[tuple[str, Finding]]:
        return [("other", Finding("encoding-behind", Level.FAIR, 3.0))]


@pytest.mark.parametrize(
    ("state", "limit", "is_let_in"),
    [
        (ShowState.SCHEDULED, 0, False),
        (ShowState.LIVE, 0, True),  # its viewers wait
        (ShowState.SCHEDULED, 5, True),  # who sets a limit knows the machine
    ],
)
async def test_preview_waits_until_the_machine_has_breath(
    channels: LiveStreamRegistry, state: ShowState, limit: int, is_let_in: bool
) -> None:
    class TheShow(OneShow):
        @override
        async def by_channel(self, channel_id: str) -> ShowInfo | None:
            return replace(SHOW, state=state)

    database, bus = OneChannel(), Bus()
    settings = replace(load({}), broadcasts_max=limit)
    door = Behind(settings, database, TheShow(database, bus), channels, bus)
    if not is_let_in:
        with pytest.raises(PublishRejected, match="behind with the broadcasts") as refused:
            await door.open(REQUEST)
        assert (refused.value.code, door.broadcasts) == ("limit", 0)
        return
    sink = await door.open(REQUEST)
    assert door.broadcasts == 1
    await sink.close("ended")


async def test_recording_that_fails_is_told_with_its_show(channels: LiveStreamRegistry) -> None:
    door = ingest(load({}), channels)
    sink = await door.open(REQUEST)
    channel = await channels.open(SHOW.channel_id)
    assert door.findings() == []
    channel.recorder.is_failing = True
    assert door.findings() == [("evening", Finding("recording-failed", Level.BAD, 0))]
    channel.recorder.is_failing = False
    channel.recorder.segments_lost = 36
    assert door.findings() == [("evening", Finding("recording-gaps", Level.FAIR, 72))]
    await sink.close("ended")
    assert door.findings() == []
