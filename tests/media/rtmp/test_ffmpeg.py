"""A real encoder against the server: every packet arrives, unchanged and in order."""

import asyncio
import signal
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from showfloor.adapters.ffmpeg.film import read_film
from showfloor.media.packets import Codec, MediaPacket, SourceClaims, TrackKind, VideoTrack
from showfloor.media.rtmp.server import RtmpLimits, RtmpServer
from tests.media.rtmp.support import KEY, WRONG_KEY, FakeIngest, FakeSink
from tests.support.waiting import await_until

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FPS, DURATION_S, SAMPLE_RATE, AAC_FRAME = 25, 3, 48_000, 1024
FRAMES = FPS * DURATION_S
PICTURE = ("-f", "lavfi", "-i", f"testsrc=size=320x180:rate={FPS}:duration={DURATION_S}")
SOUND = ("-f", "lavfi", "-i", f"sine=sample_rate={SAMPLE_RATE}:duration={DURATION_S}")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "50", "-pix_fmt", "yuv420p")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
AAC = ("-c:a", "aac", "-ac", "2")


async def run_ffmpeg(*arguments: str) -> tuple[int, str]:
    """Exit code and what it said."""
    child = await asyncio.create_subprocess_exec(
        FFMPEG, "-nostdin", "-v", "error", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        _, said = await child.communicate()
    assert child.returncode is not None
    return child.returncode, said.decode()


@pytest.fixture
async def ingest() -> FakeIngest:
    return FakeIngest()


@pytest.fixture
async def url(ingest: FakeIngest) -> AsyncIterator[str]:
    server = RtmpServer(ingest, "127.0.0.1", 0)
    await server.start()
    yield f"rtmp://127.0.0.1:{server.port}/live"
    await server.close()


@pytest.fixture
async def source(tmp_path: Path) -> Path:
    """Three seconds of H.264 with B-frames and AAC."""
    path = tmp_path / "source.flv"
    code, said = await run_ffmpeg(*PICTURE, *SOUND, *H264, *AAC, str(path))
    assert (code, said) == (0, "")
    return path


async def closed_sink(ingest: FakeIngest) -> FakeSink:
    (sink,) = ingest.sinks
    await await_until(lambda: sink.closed)
    return sink


@pytest.mark.parametrize("offset_s", [0, 16_770, 16_776], ids=["at-0", "at-4h39m30s", "over-4h39m"])
async def test_every_packet_arrives_unchanged(
    source: Path, url: str, ingest: FakeIngest, offset_s: int
) -> None:
    offset = ("-output_ts_offset", str(offset_s)) if offset_s else ()
    copy = ("-i", str(source), "-c", "copy", *offset, "-f", "flv", f"{url}/{KEY}")
    assert await run_ffmpeg(*copy) == (0, "")

    sink = await closed_sink(ingest)
    sent = await asyncio.to_thread(lambda: list(read_film(source)))
    assert sink.closed == ["ended"]
    shifts = set()
    for kind in TrackKind:
        arrived = sink.packets(kind)
        expected = [one for one in sent if isinstance(one, MediaPacket) and one.track.kind is kind]
        for there, here in zip(arrived, expected, strict=True):
            assert (there.track, there.is_key, there.data) == (here.track, here.is_key, here.data)
            shifts |= {there.dts_ms - here.dts_ms, there.pts_ms - here.pts_ms}
    (shift,) = shifts
    assert 0 <= offset_s * 1000 - shift < 100  # room for B-frames and the AAC encoder's delay
    pictures = sink.packets(TrackKind.VIDEO)
    assert len(pictures) == FRAMES
    assert [n for n, frame in enumerate(pictures) if frame.is_key] == [0, 50]
    assert len(sink.packets(TrackKind.AUDIO)) >= DURATION_S * SAMPLE_RATE // AAC_FRAME
    assert sink.items[0] == SourceClaims(Fraction(FPS))


async def test_decoding_times_never_go_back_across_the_24_bit_limit(
    source: Path, url: str, ingest: FakeIngest
) -> None:
    copy = ("-i", str(source), "-c", "copy", "-output_ts_offset", "16776")
    assert await run_ffmpeg(*copy, "-f", "flv", f"{url}/{KEY}") == (0, "")
    sink = await closed_sink(ingest)
    for kind in TrackKind:
        stamps = [packet.dts_ms for packet in sink.packets(kind)]
        assert stamps == sorted(stamps)
        assert stamps[-1] > 0xFFFFFF


async def test_hevc_and_several_pictures_arrive_by_enhanced_rtmp(
    url: str, ingest: FakeIngest
) -> None:
    two = ("-filter_complex", "[0:v]split=2[a][b]", "-map", "[a]", "-map", "[b]")
    code, said = await run_ffmpeg(*PICTURE, *two, *HEVC, "-f", "flv", f"{url}/{KEY}")
    assert (code, said) == (0, "")
    sink = await closed_sink(ingest)
    assert sink.closed == ["ended"]
    for number in (0, 1):
        packets = [
            p for p in sink.packets(TrackKind.VIDEO)
            if isinstance(p.track, VideoTrack) and p.track.number == number
        ]  # fmt: skip
        assert {packet.track.codec for packet in packets} == {Codec.HEVC}
        assert len(packets) == FRAMES


async def test_codec_that_is_not_taken_is_refused_with_the_reason(
    url: str, ingest: FakeIngest
) -> None:
    vp9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
    code, said = await run_ffmpeg(*PICTURE, *vp9, "-f", "flv", f"{url}/{KEY}")
    assert code != 0
    assert "VP9 video is not supported" in said
    sink = await closed_sink(ingest)
    assert sink.closed == ["refused"]
    assert sink.of(TrackKind.VIDEO) == []


async def test_a_wrong_key_is_refused_before_any_media(url: str, ingest: FakeIngest) -> None:
    code, said = await run_ffmpeg(*PICTURE, *H264, "-f", "flv", f"{url}/{WRONG_KEY}")
    assert code != 0
    assert "This stream key is not known." in said
    assert [request.key for request in ingest.requests] == [WRONG_KEY]
    assert ingest.sinks == []


async def test_stopped_encoder_whose_connection_stays_open_is_cut_and_may_come_back(
    ingest: FakeIngest, source: Path
) -> None:
    server = RtmpServer(ingest, "127.0.0.1", 0, RtmpLimits(silence_s=0.5))
    await server.start()
    publish = ("-re", "-stream_loop", "-1", "-i", str(source), "-c", "copy", "-f", "flv")
    child = await asyncio.create_subprocess_exec(
        FFMPEG, "-nostdin", "-v", "quiet", *publish, f"rtmp://127.0.0.1:{server.port}/live/{KEY}",
        stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await await_until(lambda: ingest.sinks and ingest.sinks[0].packets(TrackKind.VIDEO))
        child.send_signal(signal.SIGSTOP)
        sink = await closed_sink(ingest)
        assert sink.closed == ["lost"]
        await await_until(lambda: server.connections == 0)
        code, said = await run_ffmpeg(
            "-i",
            str(source),
            "-c",
            "copy",
            "-f",
            "flv",
            f"rtmp://127.0.0.1:{server.port}/live/{KEY}",
        )
        assert (code, said) == (0, "")
        await await_until(lambda: ingest.sinks[1].closed)
    finally:
        child.kill()
        await child.wait()
        await server.close()
