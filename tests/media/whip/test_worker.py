"""Real publishers against the real worker, and what of aiortc's private parts it stands on."""

import asyncio
import inspect
import os
import signal
from importlib.metadata import version
from itertools import pairwise

import imageio_ffmpeg
import pytest
from aioice.ice import Connection, StunProtocol
from aiortc import RTCPeerConnection, codecs, rtcpeerconnection, rtcrtpreceiver
from aiortc.rtcdtlstransport import RTCDtlsTransport

from showfloor.adapters.aiortc import wire
from showfloor.adapters.aiortc.encoded_receiver import EncodedReceiver
from showfloor.adapters.aiortc.peer import IceSettings, WorkerPeer
from showfloor.media.packets import Codec, TrackKind
from showfloor.media.whip.offers import checked
from showfloor.media.whip.ports import OfferRefused, PeerFailed
from tests.media.rtmp.support import KEY
from tests.media.whip.support import OFFER, Whip, whip
from tests.support.waiting import await_until

LOOPBACK = IceSettings(addresses=("127.0.0.1",))
SOURCE = ("-f", "lavfi", "-i", "testsrc=size=320x180:rate=30", "-f", "lavfi", "-i", "sine=r=48000")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "15", "-pix_fmt", "yuv420p")


def test_parts_of_aiortc_that_the_worker_takes_are_as_it_knows_them() -> None:
    """`EncodedReceiver` stands where aiortc's own receiver would, so it needs the same methods."""
    assert version("aiortc").startswith("1.16.")
    own = rtcrtpreceiver.RTCRtpReceiver
    for name in ("receive", "stop", "setTransport", "_set_rtcp_ssrc", "_handle_disconnect",
                 "_handle_rtp_packet", "_handle_rtcp_packet"):  # fmt: skip
        assert inspect.signature(getattr(own, name)) is not None
        theirs = [*inspect.signature(getattr(own, name)).parameters]
        assert [*inspect.signature(getattr(EncodedReceiver, name)).parameters] == theirs
    assert [*inspect.signature(own).parameters] == ["kind", "transport"]
    used = {"_register_rtp_receiver", "_unregister_rtp_receiver", "_send_rtp"}
    assert used <= set(dir(RTCDtlsTransport))
    made = inspect.getsource(RTCPeerConnection)
    assert "RTCRtpReceiver(kind, dtlsTransport)" in made
    assert hasattr(rtcpeerconnection, "RTCRtpReceiver")
    assert {"audio", "video"} == set(codecs.CODECS)


def test_parts_of_aioice_that_the_worker_takes_are_as_it_knows_them() -> None:
    assert version("aioice").startswith("0.13.")
    assert [*inspect.signature(Connection.get_component_candidates).parameters] == [
        "self", "component", "addresses", "timeout",
    ]  # fmt: skip
    assert "query_consent" in inspect.getsource(Connection.connect)
    assert [*inspect.signature(Connection.build_request).parameters] == ["self", "pair", "nominate"]
    assert "retransmissions" in inspect.signature(StunProtocol.request).parameters
    assert "self._nominated" in inspect.getsource(Connection)


async def ffmpeg(server: Whip, *, seconds: float) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-re", *SOURCE,
        "-t", str(seconds), *H264, "-profile:v", "baseline", "-c:a", "libopus", "-ac", "2",
        "-f", "whip", "-authorization", KEY, f"http://127.0.0.1:{server.port}/whip/spring",
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def test_ffmpeg_publishes_picture_and_sound_and_a_killed_worker_ends_the_session() -> None:
    peers: list[WorkerPeer] = []

    def worker() -> WorkerPeer:
        peers.append(WorkerPeer(LOOPBACK))
        return peers[-1]

    async with whip(worker) as server:
        encoder = await ffmpeg(server, seconds=30)
        try:
            await await_until(lambda: bool(server.ingest.sinks), 15)
            sink = server.ingest.sinks[0]
            await await_until(lambda: len(sink.packets(TrackKind.VIDEO)) > 30, 15)
            assert peers[0].pid is not None
            os.kill(peers[0].pid, signal.SIGKILL)
            await await_until(lambda: sink.closed == ["lost"])
        finally:
            encoder.kill()
            await encoder.wait()
    pictures, sounds = sink.packets(TrackKind.VIDEO), sink.packets(TrackKind.AUDIO)
    assert pictures[0].is_key
    assert {one.track.codec for one in [*pictures, *sounds]} == {Codec.H264, Codec.OPUS}
    steps = [b.dts_ms - a.dts_ms for a, b in pairwise(pictures)]
    assert set(steps) <= {33, 34}
    assert {b.dts_ms - a.dts_ms for a, b in pairwise(sounds)} <= {19, 20, 21}
    assert abs(pictures[-1].dts_ms - sounds[-1].dts_ms) < 500


async def test_worker_that_hangs_or_refuses_is_told_from_one_that_works() -> None:
    peer = WorkerPeer(LOOPBACK, quiet_max_s=0.8, end_within_s=0.2)
    answer = await peer.answer(checked(OFFER))
    assert "a=candidate:" in answer
    assert " 127.0.0.1 " in answer
    assert "VP8" not in answer
    assert answer.count("m=") == 2
    assert peer.pid is not None
    os.kill(peer.pid, signal.SIGSTOP)
    with pytest.raises(PeerFailed, match="hangs"):
        async for _ in peer.receive():
            pass
    pid = peer.pid
    await peer.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    other = WorkerPeer(LOOPBACK)
    with pytest.raises(OfferRefused):
        await other.answer(checked(OFFER.replace("packetization-mode=1", "packetization-mode=0")))
    await other.close()


def test_frames_of_the_wire_are_cut_wherever_the_pipe_breaks_them() -> None:
    packet = wire.encode_packet(b"data", -5, is_sound=False, is_key=True)
    whole = wire.encode(wire.Kind.ANSWER, b"sdp") + packet
    reader = wire.FrameReader()
    frames = [one for n in range(len(whole)) for one in reader.feed(whole[n : n + 1])]
    assert [one.kind for one in frames] == [wire.Kind.ANSWER, wire.Kind.PACKET]
    assert wire.packet_fields(frames[1].body) == (False, True, -5, b"data")
    with pytest.raises(ValueError, match="a frame of"):
        list(wire.FrameReader().feed(b"\xff" * 8))
