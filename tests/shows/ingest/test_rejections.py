"""A rejected encoder and the reason reach the console of the show that it was meant for."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override

import pytest

from showfloor.accounts.database_threads import Database
from showfloor.accounts.signer import network_hasher
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.kernel.clock import utc_now
from showfloor.kernel.settings import load
from showfloor.media.diagnostics import rejections
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.ports import Cause, PublishRejected, PublishRequest
from showfloor.shows.ingest.service import ShowIngest
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus
from tests.shows.ingest.support import REQUEST, SHOW, OneShow, make_ingest, publisher

EVENING = rejections.of_channel("channel")


class Keys(Database):
    """`key` opens the channel, `old` did so before a rotation."""

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if verb.__name__ == "find_channel_by_key":
            return SimpleNamespace(pk="channel") if args == ("key",) else None
        if verb.__name__ == "channel_of_retired_key":
            return "channel" if args == ("old",) else None
        return True if verb.__name__ == "take" else None


@pytest.fixture
async def ingest(tmp_path: Path) -> AsyncIterator[ShowIngest]:
    channels = LiveStreamRegistry(lambda channel_id: FileRecording(tmp_path / channel_id))
    yield make_ingest(load({}), Keys(), channels)
    await channels.close()


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    rejections.book.clear()
    yield
    rejections.book.clear()


def told(place: str = EVENING) -> list[tuple[Cause, str, str, int]]:
    return [
        (one.cause, one.detail, one.encoder, one.count)
        for one in rejections.book.attempts(place, utc_now())
    ]


async def refused(ingest: ShowIngest, request: PublishRequest) -> str:
    with pytest.raises(PublishRejected) as error:
        await ingest.open(request)
    return error.value.code


async def test_old_key_is_told_from_a_strangers(ingest: ShowIngest) -> None:
    for _try in range(3):
        assert await refused(ingest, replace(REQUEST, key="old")) == "unauthorized"
    for key in ("guessed", ""):
        assert await refused(ingest, replace(REQUEST, key=key)) == "unauthorized"
    assert told() == [(Cause.OLD_KEY, "", "OBS 31", 3)]
    near = rejections.of_network(network_hasher()("192.0.2.200"))
    assert told(near) == [(Cause.UNKNOWN_KEY, "", "OBS 31", 2)]
    elsewhere = rejections.of_network(network_hasher()("198.51.100.7"))
    assert told(elsewhere) == []


async def test_ended_show_tells_of_an_encoder_that_still_comes(tmp_path: Path) -> None:
    bus, database = Bus(), Keys()
    directory = OneShow(database, bus)
    directory.admitted = replace(SHOW, state=ShowState.ENDED)
    streams = LiveStreamRegistry(lambda channel_id: FileRecording(tmp_path / channel_id))
    ingest = make_ingest(load({}), database, streams, directory=directory)
    assert await refused(ingest, REQUEST) == "unauthorized"
    assert told() == [(Cause.ENDED, "", "OBS 31", 1)]


async def test_second_encoder_and_a_key_rotated_under_the_first_are_told(
    ingest: ShowIngest,
) -> None:
    sink = await ingest.open(REQUEST)
    assert told() == []
    assert await refused(ingest, replace(REQUEST, encoder="FFmpeg")) == "busy"
    ingest.kick_channel(SHOW.channel_id)
    sink.rejected(sink.kick_reason)  # as the session does, which tells it to the encoder
    assert told() == [
        (Cause.OLD_KEY, "", "OBS 31", 1),
        (Cause.BUSY, "", "FFmpeg", 1),
    ]
    await sink.close("refused")


async def test_codec_that_is_not_taken_is_named_until_a_picture_comes(ingest: ShowIngest) -> None:
    sink = await ingest.open(REQUEST)
    sink.rejected(
        PublishRejected("unsupported", "…", cause=Cause.CODEC, detail="HEVC (H.265) video")
    )
    await sink.close("refused")
    assert told() == [(Cause.CODEC, "HEVC (H.265) video", "OBS 31", 1)]
    sink = await ingest.open(REQUEST)
    assert len(told()) == 1, "it has not shown yet that it does better"
    publisher(sink).on_picture()
    assert told() == []
    await sink.close("ended")


async def test_end_that_is_nobodys_fault_is_not_told(ingest: ShowIngest) -> None:
    sink = await ingest.open(REQUEST)
    sink.rejected(PublishRejected("failed", "The server stops. Connect again."))
    await sink.close("refused")
    assert told() == []
