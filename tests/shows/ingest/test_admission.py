"""The admission of a publisher beside another one that has not sent a picture yet."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast, override

import pytest

from showfloor.accounts.database_threads import Database
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.kernel.settings import Settings, load
from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.media.encoding.broadcast import BroadcastSession
from showfloor.media.encoding.capacity import Encoding, Room, room
from showfloor.media.encoding.ladder_encoder import LadderEncoder
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.packets import SourceClaims
from showfloor.media.ports import Cause, MediaSink, PublishRejected
from showfloor.media.source_role import SourceRole
from showfloor.shows.ingest import rules
from showfloor.shows.ingest.service import ShowIngest
from showfloor.shows.ingest.show_sources import ShowSources
from showfloor.shows.models import ShowState
from tests.shows.ingest.support import REQUEST, SHOW, make_ingest
from tests.support.media import VIDEO, picture
from tests.support.waiting import await_until

BACKUP = replace(REQUEST, key="key-backup")


class OneChannel(Database):
    """Every key is the channel's."""

    chosen: SourceRole | None = None

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if getattr(verb, "__name__", "") == "chosen_source":
            return self.chosen
        return SimpleNamespace(pk=SHOW.channel_id)


WHOLE = [(1280 * 720, 30.0), (854 * 480, 30.0), (640 * 360, 30.0)]
ROOMY, FULL = Room(8.0, 0.8, 0.8), Room(1.8, 1.5, 0.8)


@pytest.fixture
async def channels(tmp_path: Path) -> AsyncIterator[LiveStreamRegistry]:
    registry = LiveStreamRegistry(lambda channel_id: FileRecording(tmp_path / channel_id))
    yield registry
    await registry.close()


def new_ingest(settings: Settings, channels: LiveStreamRegistry) -> ShowIngest:
    return make_ingest(settings, OneChannel(), channels)


async def test_publisher_that_just_came_is_not_pushed_out(channels: LiveStreamRegistry) -> None:
    ingest = new_ingest(load({}), channels)
    first = await ingest.open(REQUEST)
    with pytest.raises(PublishRejected) as rejected:
        await ingest.open(REQUEST)
    assert (rejected.value.code, first.kicked.is_set()) == ("busy", False)
    await first.close("ended")


async def test_publisher_without_a_picture_for_too_long_makes_room(
    channels: LiveStreamRegistry,
) -> None:
    ingest = new_ingest(replace(load({}), ingest_silence_s=0), channels)
    first = await ingest.open(REQUEST)

    async def cut_when_told(sink: MediaSink) -> None:
        await sink.kicked.wait()
        await sink.close("lost")

    cutting = asyncio.create_task(cut_when_told(first))
    second = await ingest.open(REQUEST)
    await cutting
    assert (first.kicked.is_set(), second.kicked.is_set(), ingest.broadcasts) == (True, False, 1)
    assert first.kick_reason.code == "busy"
    await second.close("ended")


async def test_encoder_whose_key_was_rotated_is_cut_as_unauthorized(
    channels: LiveStreamRegistry,
) -> None:
    ingest = new_ingest(load({}), channels)
    sink = await ingest.open(REQUEST)
    ingest.kick_channel(SHOW.channel_id)
    assert (sink.kicked.is_set(), sink.kick_reason.code) == (True, "unauthorized")
    await sink.close("refused")


async def test_encoder_cut_by_a_stop_of_the_server_is_not_called_unauthorized(
    channels: LiveStreamRegistry,
) -> None:
    ingest = new_ingest(load({}), channels)
    ingest.start()
    sink = await ingest.open(REQUEST)
    stopping = asyncio.create_task(ingest.stop())
    await sink.kicked.wait()
    assert sink.kick_reason.code == "failed"
    await sink.close("refused")
    await stopping


async def test_publisher_that_comes_back_while_its_last_pictures_are_kept_is_let_in(
    channels: LiveStreamRegistry,
) -> None:
    ingest = new_ingest(load({}), channels)
    first = await ingest.open(REQUEST)
    leaving = asyncio.create_task(first.close("ended"))
    await asyncio.sleep(0)  # it has begun to close
    second = await ingest.open(REQUEST)
    await leaving
    assert (ingest.broadcasts, second.kicked.is_set()) == (1, False)
    await second.close("ended")


async def test_backup_is_let_in_beside_the_primary_and_costs_no_broadcast(
    channels: LiveStreamRegistry,
) -> None:
    ingest = new_ingest(replace(load({}), broadcasts_max=1), channels)
    primary = await ingest.open(REQUEST)
    backup = await ingest.open(BACKUP)
    for second in (REQUEST, BACKUP):
        with pytest.raises(PublishRejected, match="already sending"):
            await ingest.open(second)
    assert (ingest.broadcasts, primary.kicked.is_set(), backup.kicked.is_set()) == (1, False, False)
    await primary.close("lost")
    assert ingest.broadcasts == 1
    ingest.kick_channel(SHOW.channel_id)  # one rotation cuts both
    assert backup.kick_reason.code == "unauthorized"
    await backup.close("refused")
    assert ingest.broadcasts == 0


async def test_source_that_a_person_chose_is_on_air(channels: LiveStreamRegistry) -> None:
    database = OneChannel()
    ingest = make_ingest(load({}), database, channels)
    ingest.start()
    sinks = [await ingest.open(request) for request in (REQUEST, BACKUP)]
    for sink in sinks:
        for item in (SourceClaims(has_audio=False), VIDEO, picture(0)):
            sink.write(item)
    database.chosen = SourceRole.BACKUP
    ingest._show_changed(SHOW.backstage_id)

    def chosen_one() -> str:
        sinks[1].write(picture(33, is_key=False))
        states = ingest._shows[SHOW.channel_id].health().sources
        return next(one.role for one in states if one.is_on_air)

    await await_until(lambda: chosen_one() == "backup")
    [primary, backup] = ingest._shows[SHOW.channel_id].health().sources
    assert (primary.is_on_air, backup.is_chosen, backup.reason) == (False, True, "chosen")
    for sink in sinks:
        await sink.close("ended")
    await ingest.stop()


@pytest.mark.parametrize(
    ("state", "broadcasts", "limit", "room", "is_behind", "why"),
    [
        (ShowState.SCHEDULED, 1, 0, ROOMY, True, "it is behind with those that it has"),
        (ShowState.LIVE, 1, 0, ROOMY, True, ""),  # its viewers wait
        (ShowState.SCHEDULED, 1, 2, FULL, True, ""),  # who sets a limit knows the machine
        (ShowState.LIVE, 2, 2, ROOMY, False, "it takes 2 at once (SHOWFLOOR_BROADCASTS_MAX)"),
        (
            ShowState.LIVE,
            1,
            0,
            FULL,
            False,
            "one more needs 0.8 cores for encoding, and 0.3 are free",
        ),
        (ShowState.SCHEDULED, 0, 0, FULL, False, ""),  # the first is always taken
    ],
)
def test_broadcast_that_does_not_fit_is_refused_with_the_reason(
    state: ShowState, broadcasts: int, limit: int, room: Room, is_behind: bool, why: str
) -> None:
    def check() -> None:
        rules.check_capacity(
            state, broadcasts=broadcasts, broadcasts_max=limit, room=room, is_behind=is_behind
        )

    if not why:
        check()
        return
    with pytest.raises(PublishRejected) as rejected:
        check()
    error = rejected.value
    assert (error.code, error.cause, error.detail) == ("limit", Cause.LIMIT, why)
    assert error.message == f"This server takes no more broadcasts now: {why}."


async def test_preview_is_rejected_while_another_broadcast_is_behind(
    channels: LiveStreamRegistry,
) -> None:
    class Behind(ShowIngest):
        @override
        def findings(self) -> list[tuple[str, Finding]]:
            return [("other", Finding("encoding-behind", Level.FAIR, 3.0))]

    ingest = make_ingest(load({}), OneChannel(), channels, kind=Behind)
    with pytest.raises(PublishRejected, match="it is behind with those") as rejected:
        await ingest.open(REQUEST)
    assert (rejected.value.code, ingest.broadcasts) == ("limit", 0)


@pytest.mark.parametrize("keeps_its_word", [True, False])
async def test_encoder_that_makes_all_sizes_needs_room_for_copying_alone(
    channels: LiveStreamRegistry, keeps_its_word: bool
) -> None:
    class Beside(ShowIngest):
        """An ingest with another broadcast, which takes most of its cores."""

        broadcasts = 1

        @override
        def _room(self, one_more: Encoding, without: ShowSources | None = None) -> Room:
            return room(load({}), 2, [WHOLE, WHOLE], one_more)

    ingest = make_ingest(load({}), OneChannel(), channels, kind=Beside)
    with pytest.raises(PublishRejected, match=r"one more needs 0\.8 cores for encoding"):
        await ingest.open(REQUEST)
    sink = await ingest.open(replace(REQUEST, key="key-ladder"))
    assert isinstance(sink, BroadcastSession)
    sources = ingest._shows[SHOW.channel_id]
    ingest._judge_ladders()  # its source is not known yet
    assert (sources.brings_ladder, sources.encoding) == (True, ())
    encoded = [] if keeps_its_word else WHOLE
    sources.live.encoder = cast("LadderEncoder", SimpleNamespace(encoding=encoded, forget=id))
    ingest._judge_ladders()
    assert sink.kicked.is_set() is not keeps_its_word
    if not keeps_its_word:
        assert (sink.kick_reason.cause, sources.encoding) == (Cause.LIMIT, WHOLE)
    await sink.close("ended")


def test_key_opens_no_address_but_its_own_shows() -> None:
    rules.check_address("spring", "")  # RTMP names no show
    rules.check_address("spring", "spring")
    with pytest.raises(PublishRejected) as rejected:
        rules.check_address("spring", "autumn")
    assert rejected.value.code == "unauthorized"
