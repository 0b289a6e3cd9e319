"""Encoders by SRT, with FFmpeg's own libsrt at both ends."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import override

import imageio_ffmpeg
import pytest

from showfloor.adapters.ffmpeg.srt import FfmpegSrtReceiver
from showfloor.media.packets import MediaPacket, SourceItem, TrackKind
from showfloor.media.ports import Ingest, MediaSink, PublishRejected, PublishRequest
from showfloor.media.srt.listeners import SrtLimits, SrtListeners
from showfloor.media.srt.ports import SrtPlace, SrtReceiver
from tests.support.live import free_port
from tests.support.waiting import await_until

RIGHT = "the-pass-phrase-of-a-show"
LIMITS = SrtLimits(look_s=0.05, pause_s=0.05)


class Sink(MediaSink):
    def __init__(self) -> None:
        self.items: list[SourceItem] = []
        self.closed = ""
        self._kicked = asyncio.Event()

    @property
    @override
    def kicked(self) -> asyncio.Event:
        return self._kicked

    @property
    @override
    def kick_reason(self) -> PublishRejected:
        return PublishRejected("unauthorized", "This show has ended.")

    @override
    def write(self, item: SourceItem) -> None:
        self.items.append(item)

    @override
    async def drain(self) -> None: ...

    @override
    def note_line(self, round_trip_s: float | None, packets_lost: int) -> None:
        raise AssertionError("nobody has told of the line")

    @override
    def rejected(self, rejection: PublishRejected) -> None: ...

    @override
    async def close(self, reason: str) -> None:
        self.closed = reason

    def stamps(self, kind: TrackKind) -> list[int]:
        packets = [one for one in self.items if isinstance(one, MediaPacket)]
        return [one.dts_ms for one in packets if one.track.kind is kind]


class Stage(Ingest):
    def __init__(self) -> None:
        self.place = SrtPlace("channel", free_port(), "sf_key", RIGHT)
        self.wanted = [self.place]
        self.sinks: list[Sink] = []
        self.keys: list[str] = []
        self.refused = 0
        self.receivers = 0
        self.listeners = SrtListeners(self, self._wanted, self._receiver, self._refuse, LIMITS)

    def _receiver(self) -> FfmpegSrtReceiver:
        self.receivers += 1
        return FfmpegSrtReceiver("127.0.0.1", 120)

    async def _wanted(self) -> list[SrtPlace]:
        return self.wanted

    def _refuse(self, place: SrtPlace) -> None:
        self.refused += place == self.place

    @override
    async def open(self, request: PublishRequest) -> MediaSink:
        self.keys.append(request.key)
        self.sinks.append(Sink())
        return self.sinks[-1]

    @asynccontextmanager
    async def publisher(self, passphrase: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """An encoder that sends for ever; it is killed at the end."""
        address = f"srt://127.0.0.1:{self.place.port}?passphrase={passphrase}&connect_timeout=1000"
        child = await asyncio.create_subprocess_exec(
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", "-nostdin", "-re",
            "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=30", "-f", "lavfi", "-i", "sine",
            "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30",
            "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "mpegts", address,
        )  # fmt: skip
        try:
            yield child
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()


async def test_encoder_with_the_pass_phrase_is_taken_and_any_other_is_refused() -> None:
    stage = Stage()
    await stage.listeners.start()
    try:
        await _refused_once(stage)
        assert stage.keys == []  # not a byte of its media was taken
        await _taken_until_it_is_killed(stage)
        async with stage.publisher(RIGHT):  # it comes back
            await await_until(lambda: len(stage.sinks) == 2 and len(stage.sinks[1].items) > 20, 20)
            [listener] = [line for line in _command_lines() if b"concat" in line]
            assert RIGHT.encode() not in listener
            stage.wanted = []  # the show has ended
            await await_until(lambda: bool(stage.sinks[1].closed), 20)
    finally:
        await stage.listeners.stop()


def _command_lines() -> list[bytes]:
    """What everybody on this machine can read of our children."""
    lines = []
    for child in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in child.read_text().split():
            with suppress(OSError):
                lines.append(Path(f"/proc/{pid}/cmdline").read_bytes())
    return lines


class RefusingReceiver(SrtReceiver):
    """Refuses a stranger again and again."""

    @override
    async def items(
        self, place: SrtPlace, on_refused: Callable[[], None]
    ) -> AsyncGenerator[SourceItem]:
        for _ in range(1000):
            on_refused()
        raise OSError("enough")
        yield

    @override
    async def close(self) -> None: ...


async def test_stranger_who_tries_on_and_on_is_told_once() -> None:
    stage = Stage()
    made: list[SrtReceiver] = []

    def receiver() -> SrtReceiver:
        made.append(RefusingReceiver())
        return made[-1]

    listeners = SrtListeners(stage, stage._wanted, receiver, stage._refuse, LIMITS)
    await listeners.start()
    try:
        await await_until(lambda: len(made) == 3, 20)
    finally:
        await listeners.stop()
    assert stage.refused == 1


async def test_port_that_is_taken_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", stage.place.port))
        await stage.listeners.start()
        try:
            await await_until(lambda: stage.receivers == 3, 20)
        finally:
            await stage.listeners.stop()
    assert caplog.text.count(f"is UDP {stage.place.port} free?") == 1
    assert RIGHT not in caplog.text


async def test_listener_ends_with_a_server_that_is_killed() -> None:
    """An orphan would keep the port, and the pass phrase that it was started with."""
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, str(port), RIGHT, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    await server.stdout.readline()
    await await_until(lambda: not _is_free(port), 20)
    server.kill()
    await server.wait()
    await await_until(lambda: _is_free(port), 20)


SERVER = """
import asyncio, sys
from showfloor.adapters.ffmpeg.srt import FfmpegSrtReceiver
from showfloor.media.srt.ports import SrtPlace

async def main():
    place = SrtPlace("channel", int(sys.argv[1]), "sf_key", sys.argv[2])
    print("begins", flush=True)
    async for _item in FfmpegSrtReceiver("127.0.0.1", 120).items(place, lambda: None):
        pass

asyncio.run(main())
"""


def _is_free(port: int) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM) as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def _refused_once(stage: Stage) -> None:
    async def tried() -> bool:
        async with stage.publisher("another-pass-phrase") as child:
            return await child.wait() != 0

    for _attempt in range(50):  # the listener may not be there yet
        assert await tried()
        if stage.refused:
            return
    raise AssertionError("nobody was told of the wrong pass phrase")


async def _taken_until_it_is_killed(stage: Stage) -> None:
    async with stage.publisher(RIGHT):
        await await_until(lambda: bool(stage.sinks), 20)
        [sink] = stage.sinks
        await await_until(lambda: len(sink.stamps(TrackKind.VIDEO)) > 30, 20)
    await await_until(lambda: bool(sink.closed), 20)
    assert (stage.keys, sink.closed) == (["sf_key"], "lost")
    stamps = sink.stamps(TrackKind.VIDEO)
    assert {b - a for a, b in pairwise(stamps)} <= {33, 34}
    assert sink.stamps(TrackKind.AUDIO)
