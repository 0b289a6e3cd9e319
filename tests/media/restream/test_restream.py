"""Restreams of a hub against real RTMP servers: ours, and some that misbehave."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import pytest

from showfloor.kernel.public_addresses import Address
from showfloor.media.flv.packets import PacketReader
from showfloor.media.flv.tags import FlvReader
from showfloor.media.packets import AudioTrack, Codec, MediaPacket, TrackKind
from showfloor.media.restream.restreams import Restreams
from showfloor.media.rtmp import replies
from showfloor.media.rtmp.chunks import ChunkWriter
from showfloor.media.rtmp.handshake import PACKET_SIZE
from showfloor.media.rtmp.publisher import Dialer
from showfloor.media.rtmp.server import RtmpServer
from tests.media.restream.support import (
    HERE,
    QUICK,
    Stage,
    destination,
    restream_tools,
    stamps,
    unit,
)
from tests.media.rtmp.support import FakeIngest
from tests.support.media import AUDIO, VIDEO, ffmpeg, picture, sound
from tests.support.waiting import await_until


@asynccontextmanager
async def misbehaving(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await serve(reader, writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in writers:
        writer.transport.abort()


def children() -> set[int]:
    """Return the processes that this one has started."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for told in tasks for pid in told.read_text("utf-8").split()}


async def test_stream_arrives_unchanged_from_the_last_key_frame_on(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    rtmp, ingest = server
    stage.send()
    stage.restreams.apply([destination(rtmp.port)])
    await stage.sends_until(lambda: ingest.sinks)
    (sink,) = ingest.sinks
    await stage.sends_until(lambda: len(sink.packets(TrackKind.VIDEO)) >= 5)
    arrived = sink.packets(TrackKind.VIDEO)
    assert {packet.data for packet in arrived} == {unit(b"p" * 7)}
    assert arrived[0].track == VIDEO
    assert sink.packets(TrackKind.AUDIO)[0].track == AUDIO
    assert [b - a for a, b in pairwise(stamps(sink))][:4] == [40] * 4
    assert ingest.requests[0].app == "live"
    assert stage.states() == [("live", "", "")]

    stage.restreams.apply([])
    await stage.restreams.stopped()
    await await_until(lambda: sink.closed)
    assert sink.closed == ["ended"]  # it was told, not just cut
    assert stage.hub.readers == ()


async def test_server_that_never_reads_costs_the_others_nothing_and_stops_in_time(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    rtmp, ingest = server
    accepted: list[asyncio.StreamWriter] = []

    async def never_reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    async with misbehaving(never_reads) as port:
        stage.restreams.apply([destination(port, name="dead"), destination(rtmp.port)])
        await stage.sends_until(lambda: ingest.sinks)
        (sink,) = ingest.sinks
        sent = [stage.send(200_000) for _ in range(40)]
        await await_until(lambda: len(sink.packets(TrackKind.VIDEO)) >= len(sent))
        await await_until(lambda: stage.states()[0][:2] == ("failed", "silent"))
        assert stage.states()[1] == ("live", "", "")
        await await_until(lambda: len(accepted) >= 2)  # it is tried again
        began = asyncio.get_running_loop().time()
        stage.restreams.apply([])
        await stage.restreams.stopped()
        assert asyncio.get_running_loop().time() - began < 8


async def test_server_that_stops_taking_media_is_given_up_and_tried_again(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    ingest = FakeIngest()
    rtmp = RtmpServer(ingest, "127.0.0.1", 0)
    await rtmp.start()
    try:
        stage.restreams.apply([destination(rtmp.port)])
        await stage.sends_until(lambda: ingest.sinks)
        ingest.sinks[0].gate.clear()  # it reads no more
        await stage.sends_until(lambda: stage.send(100_000) and len(ingest.sinks) >= 2)
        ingest.sinks[0].gate.set()
        await stage.sends_until(lambda: stage.states() == [("live", "", "")])
        assert "fault=stalled attempts=1" in caplog.text
        assert stage.restreams.statuses()[0].attempts == 1
    finally:
        await rtmp.close()


async def test_refusal_is_told_in_the_servers_words_without_the_key(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    rtmp, ingest = server
    stage.restreams.apply([destination(rtmp.port, "secret-key")])
    await stage.sends_until(lambda: stage.states()[0][0] == "failed")
    assert stage.states() == [("failed", "rejected", "This stream key is not known.")]
    assert ingest.sinks == []
    (status,) = stage.restreams.statuses()
    assert "secret-key" not in repr(status) + repr(destination(rtmp.port, "secret-key"))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0, 2.0**32])
async def test_server_that_names_no_message_stream_is_told_and_tried_again(
    stage: Stage, number: float
) -> None:
    tries: list[int] = []

    async def absurd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(1)
        hello = await reader.readexactly(1 + PACKET_SIZE)
        writer.write(hello + bytes(PACKET_SIZE))
        out = ChunkWriter()
        for answer in (
            replies.connected(1, enhanced=False),
            replies.command(0, "_result", 4, None, number),
        ):
            writer.write(out.encode(answer, 3))
        with suppress(ConnectionError):
            while await reader.read(1 << 16):
                pass

    async with misbehaving(absurd) as port:
        stage.restreams.apply([destination(port)])
        await stage.sends_until(lambda: len(tries) >= 2)
        (state, fault, detail) = stage.states()[0]
        assert (state, fault) == ("failed", "protocol")
        assert detail.startswith("message stream")


async def test_address_inside_the_network_is_never_called(stage: Stage) -> None:
    called: list[int] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(1)

    async def two_addresses(dialer: Dialer, port: int) -> None:
        tools = restream_tools(dialer)
        restreams = Restreams(stage.hub, tools)
        restreams.apply([destination(port)])
        await stage.sends_until(lambda: restreams.statuses()[0].state == "failed")
        assert restreams.statuses()[0].fault == "address"
        restreams.apply([])
        await restreams.stopped()

    def mixed(host: str, port: int) -> list[Address]:
        return [ip_address("93.184.215.14"), HERE]

    async with misbehaving(note) as port:
        await two_addresses(Dialer(limits=QUICK), port)
        await two_addresses(Dialer(limits=QUICK, resolve=mixed), port)
    assert called == []


async def test_another_source_begins_a_connection_with_its_last_key_frame(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    rtmp, ingest = server
    stage.restreams.apply([destination(rtmp.port)])
    await stage.sends_until(lambda: ingest.sinks and ingest.sinks[0].packets(TrackKind.VIDEO))
    backup = stage.join("backup")
    backup.write(picture(900_000, unit(b"last key")))
    backup.write(picture(900_040, unit(b"since"), is_key=False))
    await stage.source.leave()
    await await_until(lambda: ingest.sinks[0].closed)
    await await_until(lambda: len(ingest.sinks) == 2)
    backup.write(picture(900_080, unit(b"next"), is_key=False))
    await await_until(lambda: len(ingest.sinks[1].packets(TrackKind.VIDEO)) == 3)
    arrived = ingest.sinks[1].packets(TrackKind.VIDEO)
    assert [packet.data for packet in arrived] == [unit(b"last key"), unit(b"since"), unit(b"next")]
    assert [packet.dts_ms - arrived[0].dts_ms for packet in arrived] == [0, 40, 80]
    stage.source = backup


@pytest.mark.parametrize("stage", [(VIDEO,)], indirect=True)
async def test_sound_whose_format_is_told_after_the_first_pictures_arrives(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    """FFmpeg learns it from the first sound, so a show by SRT begins so."""
    rtmp, ingest = server
    stage.restreams.apply([destination(rtmp.port)])
    stage.source.write(picture(5000, unit(b"p")))
    await await_until(lambda: ingest.sinks)
    stage.source.write(picture(5020, unit(b"p"), is_key=False))
    await await_until(lambda: len(ingest.sinks[0].packets(TrackKind.VIDEO)) == 2)
    stage.source.write(AUDIO)
    stage.source.write(sound(5030))
    stage.source.write(picture(5040, unit(b"p"), is_key=False))
    await await_until(lambda: len(ingest.sinks[0].packets(TrackKind.VIDEO)) == 3)
    assert len(ingest.sinks[0].packets(TrackKind.AUDIO)) == 1
    assert len(ingest.sinks) == 1


async def test_opus_arrives_as_aac_beside_its_pictures(
    stage: Stage, server: tuple[RtmpServer, FakeIngest]
) -> None:
    rtmp, ingest = server
    before = children()  # those of tests before this one
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2")
    arguments = (*tone, "-c:a", "libopus", "-ac", "2", "-f", "flv", "pipe:1")
    film, _said = await asyncio.to_thread(ffmpeg, *arguments)
    reader = PacketReader()
    items = [item for tag in FlvReader().feed(film) for item in reader.take(tag)]
    track = next(one for one in items if isinstance(one, AudioTrack))
    assert track.codec is Codec.OPUS
    sounds = [one for one in items if isinstance(one, MediaPacket)]
    stage.source.write(track)
    stage.restreams.apply([destination(rtmp.port)])
    stage.source.write(picture(0, unit(b"p")))
    await await_until(lambda: ingest.sinks)
    for n, packet in enumerate(sounds):
        stage.source.write(packet._replace(dts_ms=n * 20, pts_ms=n * 20))
        if n % 25 == 0:
            stage.source.write(picture(n * 20, unit(b"p"), is_key=False))
    (sink,) = ingest.sinks
    await await_until(lambda: len(sink.packets(TrackKind.AUDIO)) >= 85)  # of 94 in two seconds
    heard = sink.packets(TrackKind.AUDIO)
    assert {packet.track.codec for packet in heard} == {Codec.AAC}
    steps = {b - a for a, b in pairwise(stamps(sink, TrackKind.AUDIO))}
    assert steps <= {21, 22}
    assert abs(heard[0].dts_ms - sink.packets(TrackKind.VIDEO)[0].dts_ms) <= 45

    [child] = children() - before
    os.kill(child, signal.SIGKILL)

    def go_on() -> bool:
        stage.source.write(sounds[0]._replace(dts_ms=2000, pts_ms=2000))
        return stage.states() == [("live", "sound", "")]

    await await_until(go_on)  # without a word the viewers there would hear nothing
