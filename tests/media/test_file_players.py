"""Players of files as live: from the right place on, also after a fault, and to the end."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any, override

from showfloor.media.files.players import FilePlayers, PlayerLimits, Playing
from showfloor.media.files.ports import FilePlace, FilePlayer
from showfloor.media.ports import Ingest, MediaSink, PublishRejected, PublishRequest

BEGAN = datetime(2026, 1, 1, 20, tzinfo=UTC)
PLACE = FilePlace("c1", "/films/winter.mp4", "winter.mp4", 60.0, "sf_key")
LIMITS = PlayerLimits(look_s=0.01, pause_s=0.0, silence_s=1.0)


class Sink:
    """`MediaSink` that keeps what comes."""

    def __init__(self) -> None:
        self.kicked, self.items, self.closed = asyncio.Event(), list[Any](), list[str]()
        self.kick_reason = PublishRejected("failed", "ended")

    def write(self, item: Any) -> None:
        self.items.append(item)

    async def drain(self) -> None: ...

    def note_line(self, *_line: Any, **_more: Any) -> None: ...

    def rejected(self, rejection: PublishRejected) -> None: ...

    async def close(self, reason: str) -> None:
        self.closed.append(reason)


class OneShow(Ingest):
    """An ingest and a clock; the player's files last as long as `lengths` say, in seconds."""

    def __init__(self, *lengths: float) -> None:
        self.now, self.lengths = BEGAN, list(lengths)
        self.sinks: list[Sink] = []
        self.requests: list[PublishRequest] = []
        self.offsets: list[float] = []
        self.ended = asyncio.Event()

    @override
    async def open(self, request: PublishRequest) -> MediaSink:
        self.requests.append(request)
        self.sinks.append(Sink())
        return self.sinks[-1]

    async def wanted(self) -> list[FilePlace]:
        return [PLACE]

    async def began(self, _place: FilePlace) -> datetime:
        return BEGAN

    async def over(self, _place: FilePlace) -> None:
        self.ended.set()

    def player(self) -> "Player":
        return Player(self)


class Player(FilePlayer):
    def __init__(self, show: OneShow) -> None:
        self._show = show

    @override
    async def items(self, place: FilePlace, offset_s: float) -> AsyncGenerator[Any]:
        self._show.offsets.append(offset_s)
        played_s = self._show.lengths.pop(0)
        if played_s:
            yield "picture"
        self._show.now += timedelta(seconds=played_s)
        if not played_s:
            self._show.now += timedelta(seconds=5)
            raise OSError("winter.mp4 cannot be read")

    @override
    async def close(self) -> None: ...


async def test_file_goes_on_where_it_would_be_by_now_and_ends_its_show() -> None:
    """It plays 20 s and is lost, cannot be read for 5 s, and plays the rest."""
    show = OneShow(20.0, 0.0, 34.0)
    playing = Playing(show.wanted, show.began, show.over)
    players = FilePlayers(show, playing, show.player, lambda: show.now, LIMITS)
    await players.start()
    await asyncio.wait_for(show.ended.wait(), 5)
    await players.stop()
    assert show.offsets == [0.0, 20.0, 25.0]
    assert [one.items for one in show.sinks] == [["picture"], ["picture"]]
    assert [one.closed for one in show.sinks] == [["lost"], ["lost"]]
    assert {(one.app, one.encoder, one.key) for one in show.requests} == {
        ("file", "winter.mp4", "sf_key")
    }
