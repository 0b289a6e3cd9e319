"""The server on real sockets: time limits, counts, isolation, clean-up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import override

import pytest

from showfloor.media.packets import TrackKind
from showfloor.media.rtmp.server import RtmpLimits, RtmpServer
from showfloor.media.rtmp.wire import READ_SIZE, Wire
from tests.media.rtmp.support import (
    AAC_CONFIG,
    AUDIO_FRAME,
    AVC_CONFIG,
    KEY,
    KEY_FRAME,
    PICTURES,
    SOUND,
    WRONG_KEY,
    FakeIngest,
    audio,
    chunk,
    command,
    opening,
    picture,
    sound,
    status_codes,
    video,
)
from tests.support.waiting import await_until

HANDSHAKE = b"\x03" + bytes(1536) + bytes(1536)
SHORT_S = 0.2
FAST = RtmpLimits(handshake_s=SHORT_S, command_s=SHORT_S, silence_s=SHORT_S, linger_s=SHORT_S)
PATIENT = RtmpLimits(linger_s=SHORT_S)


class Peer:
    """A client that says what it is told to say."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, *data: bytes) -> None:
        self.writer.write(b"".join(data))

    async def hear_all(self) -> bytes:
        """Everything until the server closes, behind its handshake."""
        async with asyncio.timeout(5):
            try:
                return (await self.reader.read(-1))[3073:]
            except ConnectionResetError:
                return b""


class House:
    def __init__(self, limits: RtmpLimits) -> None:
        self.ingest = FakeIngest()
        # Each address of this machine stands for a network.
        self.server = RtmpServer(self.ingest, "127.0.0.1", 0, limits, network=str)
        self.peers: list[Peer] = []

    async def peer(self, *data: bytes, host: int = 1) -> Peer:
        source = (f"127.0.0.{host}", 0)
        peer = Peer(
            *await asyncio.open_connection("127.0.0.1", self.server.port, local_addr=source)
        )
        self.peers.append(peer)
        peer.say(*data)
        return peer

    async def publisher(self, *, host: int = 1) -> Peer:
        before = len(self.ingest.sinks)
        peer = await self.peer(HANDSHAKE, opening(), host=host)
        await await_until(lambda: len(self.ingest.sinks) > before)
        return peer

    async def silent(self, host: int, *said: bytes) -> Peer:
        """A connection that is there and has no more to say."""
        before = self.server.connections
        peer = await self.peer(*said, host=host)
        await await_until(lambda: self.server.connections > before)
        return peer

    async def stays(self, peer: Peer) -> bool:
        """Return whether the connection can still publish."""
        peer.say(HANDSHAKE, opening())
        before = len(self.ingest.sinks)
        await await_until(lambda: len(self.ingest.sinks) > before or peer.reader.at_eof())
        return len(self.ingest.sinks) > before


@asynccontextmanager
async def open_house(limits: RtmpLimits = PATIENT) -> AsyncIterator[House]:
    house = House(limits)
    await house.server.start()
    try:
        yield house
    finally:
        await house.server.close()
        for peer in house.peers:
            peer.writer.transport.abort()
        assert house.server.connections == 0


async def test_goodbye_of_a_publisher_ends_its_broadcast() -> None:
    async with open_house() as house:
        peer = await house.publisher()
        peer.say(video(AVC_CONFIG), audio(AAC_CONFIG), video(KEY_FRAME, 40))
        peer.say(command("FCUnpublish", 6, None, KEY), command("deleteStream", 7, None, 1))
        assert status_codes(await peer.hear_all()) == [
            "NetStream.Publish.Start",
            "NetStream.Unpublish.Success",
        ]
        (sink,) = house.ingest.sinks
        assert sink.closed == ["ended"]
        assert sink.of(TrackKind.VIDEO) == [PICTURES, picture(40)]


async def test_a_wrong_key_hears_why_and_nothing_is_opened(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house() as house:
        # Media in the same packet: a close on unread input would reset and swallow the reason.
        peer = await house.peer(HANDSHAKE, opening(WRONG_KEY), video(bytes(50_000)) * 4)
        assert status_codes(await peer.hear_all()) == ["NetStream.Publish.Unauthorized"]
        assert house.ingest.sinks == []
        assert WRONG_KEY not in caplog.text


@pytest.mark.parametrize("said", [b"", b"\x03" + bytes(100)])
async def test_a_handshake_that_trickles_is_cut(said: bytes) -> None:
    async with open_house(FAST) as house:
        peer = await house.peer(said)
        await await_until(lambda: house.server.connections == 1)
        assert await peer.hear_all() == b""
        await await_until(lambda: house.server.connections == 0)


async def test_a_slow_loris_is_cut_although_it_keeps_sending() -> None:
    async with open_house(FAST) as house:
        peer = await house.peer(b"\x03")
        await await_until(lambda: house.server.connections == 1)

        def cut_despite_trickle() -> bool:
            peer.say(b"\x00")
            return house.server.connections == 0

        await await_until(cut_despite_trickle, timeout_s=SHORT_S * 10)


async def test_a_peer_that_never_publishes_is_cut() -> None:
    async with open_house(FAST) as house:
        peer = await house.peer(HANDSHAKE)
        assert await peer.hear_all() == b""
        assert house.ingest.requests == []


@pytest.mark.parametrize("noise", [b"", video(b""), video(b"\x57"), video(KEY_FRAME[:-1])])
async def test_publisher_that_sends_no_media_counts_as_lost(noise: bytes) -> None:
    """Noise without a tag that the sink takes is as good as silence."""
    async with open_house(FAST) as house:
        peer = await house.publisher()
        peer.say(video(AVC_CONFIG))
        sink = house.ingest.sinks[0]

        def lost_despite_noise() -> list[str]:
            peer.say(noise)
            return sink.closed

        assert await await_until(lost_despite_noise) == ["lost"]
        assert len(sink.items) == 1


async def test_a_connection_that_breaks_is_lost() -> None:
    async with open_house() as house:
        peer = await house.publisher()
        peer.writer.transport.abort()
        sink = house.ingest.sinks[0]
        await await_until(lambda: sink.closed)
        assert sink.closed == ["lost"]


async def test_a_kicked_publisher_is_cut_and_told_why() -> None:
    async with open_house() as house:
        peer = await house.publisher()
        sink = house.ingest.sinks[0]
        sink.kicked_event.set()
        said = await peer.hear_all()
        assert status_codes(said) == ["NetStream.Publish.Start", "NetStream.Publish.Failed"]
        assert b"The test has had enough." in said
        assert sink.closed == ["refused"]


async def test_a_full_sink_holds_the_peer_back_and_can_still_be_kicked() -> None:
    frame = video(b"\x57" + bytes(60_000))
    async with open_house() as house:
        peer = await house.publisher()
        sink = house.ingest.sinks[0]
        sink.gate.clear()
        peer.say(video(AVC_CONFIG), frame * 400)  # 24 MB: more than sockets hold
        await await_until(lambda: sink.items)
        transport = peer.writer.transport
        await await_until(lambda: transport.get_write_buffer_size() > 1_000_000)
        sink.kicked_event.set()
        await await_until(lambda: sink.closed)
        assert sink.closed == ["refused"]
        assert len(sink.items) == 1


async def test_a_sink_that_never_drains_counts_as_lost() -> None:
    async with open_house(RtmpLimits(stall_s=SHORT_S, linger_s=SHORT_S)) as house:
        peer = await house.publisher()
        sink = house.ingest.sinks[0]
        sink.gate.clear()
        peer.say(video(AVC_CONFIG))
        await await_until(lambda: sink.closed)
        assert sink.closed == ["lost"]


class HeldTransport(asyncio.Transport):
    """Tells whether its peer has to wait."""

    is_held = False

    @override
    def pause_reading(self) -> None:
        self.is_held = True

    @override
    def resume_reading(self) -> None:
        self.is_held = False


@pytest.mark.parametrize("waiting", [1, READ_SIZE + 1])
async def test_sink_that_is_full_of_what_had_waited_holds_the_peer_back(waiting: int) -> None:
    async def accept(_wire: Wire) -> None: ...

    wire, transport, taken = Wire(accept), HeldTransport(), list[int]()

    def take(data: bytes) -> None:
        taken.append(len(data))
        wire.pause()

    wire.connection_made(transport)
    wire.data_received(bytes(waiting))
    wire.divert(take, lambda: None)
    assert (taken, transport.is_held) == ([waiting], True)
    wire.go_on()
    assert not transport.is_held


async def test_error_in_one_connection_leaves_others_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_house() as house:
        bad, good = await house.publisher(), await house.peer(HANDSHAKE, opening())
        await await_until(lambda: len(house.ingest.sinks) == 2)
        broken, sound = house.ingest.sinks
        broken.failure = RuntimeError("a bug")
        bad.say(video(AVC_CONFIG))
        await await_until(lambda: broken.closed)
        good.say(video(AVC_CONFIG))
        await await_until(lambda: sound.items)
        assert (broken.closed, sound.closed) == (["lost"], [])
        assert "rtmp_failed" in caplog.text
        assert "a bug" in caplog.text


async def test_publishers_are_counted_in_all_and_by_network() -> None:
    for limits in (RtmpLimits(connections_max=2), RtmpLimits(per_network_max=2)):
        async with open_house(limits) as house:
            first, second = await house.publisher(), await house.publisher()
            third = await house.peer(HANDSHAKE, opening())
            assert await third.hear_all() == b""
            assert len(house.ingest.sinks) == 2
            first.writer.transport.abort()
            await await_until(lambda: house.server.connections == 1)
            await house.publisher()
            second.say(video(AVC_CONFIG))
            await await_until(lambda: house.ingest.sinks[1].items)


async def test_half_open_handshakes_of_many_keep_no_encoder_out() -> None:
    async with open_house(RtmpLimits(connections_max=4)) as house:
        crowd = [await house.silent(host) for host in (2, 3, 4, 5)]
        await house.publisher(host=6)
        assert await crowd[0].hear_all() == b""  # the one that was silent for longest gave way
        assert [await house.stays(peer) for peer in crowd[1:]] == [True] * 3


async def test_half_open_handshakes_of_one_network_cost_only_itself() -> None:
    async with open_house(RtmpLimits(per_network_max=3)) as house:
        other = await house.silent(9)
        crowd = [await house.silent(2) for _ in range(3)]
        await house.publisher(host=2)  # an encoder behind the same address
        assert await crowd[0].hear_all() == b""
        assert await house.stays(other)


async def test_connection_that_says_something_gives_way_after_those_that_do_not() -> None:
    async with open_house(RtmpLimits(connections_max=3)) as house:
        slow = await house.silent(2)
        crowd = [await house.silent(3), await house.silent(4)]
        slow.say(HANDSHAKE)
        assert await slow.reader.readexactly(3073)
        await house.publisher(host=5)
        await house.publisher(host=6)
        assert [await peer.hear_all() for peer in crowd] == [b"", b""]
        slow.say(opening())
        await await_until(lambda: len(house.ingest.sinks) == 3)


async def test_encoder_that_comes_back_is_not_pushed_out_by_strangers() -> None:
    async with open_house(RtmpLimits(connections_max=3)) as house:
        gone = await house.publisher(host=2)
        gone.writer.transport.abort()
        await await_until(lambda: house.server.connections == 0)
        back = await house.silent(2)  # its line is slow
        strangers = [await house.silent(3), await house.silent(4)]
        strangers += [await house.peer(host=host) for host in (5, 6, 7, 8)]
        for peer in strangers[:4]:
            assert await peer.hear_all() == b""
        assert await house.stays(back)


async def test_closing_the_server_loses_its_broadcasts_once() -> None:
    async with open_house() as house:
        await house.publisher()
        sink = house.ingest.sinks[0]
        await house.server.close()
        assert sink.closed == ["lost"]
    assert sink.closed == ["lost"]


GARBAGE = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01" + bytes(600),
    b"\x06" + bytes(3072),
    HANDSHAKE + bytes(range(256)) * 8,
    HANDSHAKE + b"\xc4" * 5000,
    HANDSHAKE + b"\xff" * 5000,
    HANDSHAKE + chunk(9, b"", size=0xFFFFFF),
    HANDSHAKE + opening() + chunk(9, b"", csid=6, size=0xFFFFFF, msid=1),
    HANDSHAKE + opening() + (chunk(9, b"", csid=6, msid=1) + b"\xc6" * 60_000) * 4,
    HANDSHAKE + opening() + b"".join(chunk(9, b"x", csid=c, size=2, msid=1) for c in range(3, 64)),
    HANDSHAKE + opening() + chunk(9, b"x" * 65_536, csid=6, size=9_999_999, msid=1) + b"\xc7",
]


async def test_garbage_never_disturbs_a_good_publisher() -> None:
    async with open_house() as house:
        good = await house.publisher()
        sink = house.ingest.sinks[0]
        good.say(video(AVC_CONFIG), audio(AAC_CONFIG))
        for number, garbage in enumerate(GARBAGE):
            bad = await house.peer(garbage)
            good.say(video(KEY_FRAME, 40 * number), audio(AUDIO_FRAME, 40 * number))
            await bad.hear_all()
        expected = len(GARBAGE) + 1
        await await_until(lambda: len(sink.items) == 2 * expected)
        times = [40 * number for number in range(len(GARBAGE))]
        assert sink.of(TrackKind.VIDEO) == [PICTURES, *map(picture, times)]
        assert sink.of(TrackKind.AUDIO) == [SOUND, *map(sound, times)]
        assert sink.closed == []
        await await_until(lambda: house.server.connections == 1)
        assert all(other.closed == ["lost"] for other in house.ingest.sinks[1:])
        assert all(other.items == [] for other in house.ingest.sinks[1:])


async def test_server_that_stops_listening_keeps_those_who_are_there() -> None:
    async with open_house(PATIENT) as house:
        peer = await house.publisher()
        house.server.stop_listening()
        with pytest.raises(ConnectionRefusedError):
            await house.peer(HANDSHAKE)
        peer.say(video(AVC_CONFIG), video(KEY_FRAME))
        await await_until(lambda: len(house.ingest.sinks[0].items) == 2)
