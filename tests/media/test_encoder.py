"""The FFmpeg child: what it gives for what it gets, and how it ends."""

import asyncio
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder, command, fitted
from showfloor.adapters.ffmpeg.video_encoders import HARDWARE, x264
from showfloor.media.encoding.timebase import START_MS
from showfloor.media.formats.opus import OpusConfig
from showfloor.media.packaging.segmenter import Part, Segmenter
from showfloor.media.packets import AudioTrack, Codec, MediaPacket, SourceItem, Track, TrackKind
from showfloor.media.ports import AUDIO, Rung, SourceInfo
from tests.support import media
from tests.support.media import clip, picture
from tests.support.waiting import await_until

FPS = Fraction(30)
SOURCE = SourceInfo(320, 180, FPS, has_audio=True)
RUNGS = (Rung("180p", 320, 180, 300, FPS), Rung("90p", 160, 90, 100, FPS))


class Output:
    """Collects the packets of all pipes and cuts them."""

    def __init__(self, rungs: Sequence[Rung] = RUNGS, *, has_audio: bool = True) -> None:
        self.packets: dict[int, list[MediaPacket]] = {}
        self.first_frame_at: float | None = None
        self.parts: list[Part] = []
        self.cutter = Segmenter(rungs, has_audio=has_audio)

    def take(self, rung: int, packet: MediaPacket) -> None:
        self.packets.setdefault(rung, []).append(packet)
        self.parts += self.cutter.feed(rung, packet, time.monotonic())
        if self.first_frame_at is None and self.frames(0):
            self.first_frame_at = time.monotonic()

    def frames(self, rung: int) -> list[MediaPacket]:
        return [one for one in self.packets.get(rung, []) if one.track.kind is TrackKind.VIDEO]


@dataclass
class Source:
    """What a broadcast gives to the encoder: tracks, and packets with the first picture at
    START_MS."""

    tracks: list[Track]
    packets: list[MediaPacket]

    def without_sound(self, until_ms: int = 1 << 40) -> list[MediaPacket]:
        return [one for one in self.packets
                if one.track.kind is TrackKind.VIDEO or one.dts_ms >= until_ms]  # fmt: skip


def source(items: Sequence[SourceItem], *, from_ms: int = START_MS) -> Source:
    packets = [item for item in items if isinstance(item, MediaPacket)]
    tracks = list({one.track.kind: one.track for one in packets}.values())
    first = next(one for one in packets if one.track.kind is TrackKind.VIDEO)
    by = from_ms - first.pts_ms
    moved = [one._replace(dts_ms=max(0, one.dts_ms + by), pts_ms=max(0, one.pts_ms + by))
             for one in packets]  # fmt: skip
    return Source(tracks, moved)


TRACKS = (media.VIDEO, media.AUDIO)


async def test_every_rung_has_every_frame_with_key_frames_each_two_seconds() -> None:
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    sent = source(clip(seconds=5))
    await encoder.start(SOURCE, sent.tracks, RUNGS, output.take)
    for packet in sent.packets:
        encoder.write(packet)
        await encoder.drain()
    await encoder.finish()
    assert await encoder.wait() == ""
    for rung in (0, 1):
        frames = output.frames(rung)
        assert len(frames) == 150
        assert [one.dts_ms for one in frames] == [
            round(START_MS + n * 1000 / 30) for n in range(150)
        ]
        assert [n for n, one in enumerate(frames) if one.is_key] == [0, 60, 120]
        assert all(one.pts_ms == one.dts_ms for one in frames)
    assert [p.duration for p in output.parts] == [Fraction(1, 3)] * 15
    assert len(output.packets[AUDIO]) > 5 * 46


async def test_the_first_frame_does_not_wait_for_probing() -> None:
    """Measured 0.12 s on an idle machine; FFmpeg's own probing of FLV takes up to five."""
    sent = source(clip(seconds=5))
    encoder, output = FfmpegEncoder("veryfast"), Output()
    await encoder.start(SOURCE, sent.tracks, RUNGS, output.take)
    start = time.monotonic()
    for packet in sent.packets:  # as fast as they come from a camera
        due_s = (packet.dts_ms - START_MS) / 1000
        await asyncio.sleep(max(0, due_s - (time.monotonic() - start)))
        encoder.write(packet)
        if output.first_frame_at is not None:
            break
    await encoder.kill()
    assert output.first_frame_at is not None
    assert output.first_frame_at - start < 1.5


async def test_a_picture_that_changes_its_size_is_fitted_into_the_same_rungs() -> None:
    first = source(clip(size="320x180", seconds=2, audio=False))
    second = source(clip(size="180x320", seconds=2, audio=False), from_ms=START_MS + 2000)
    encoder, output = FfmpegEncoder("ultrafast"), Output(has_audio=False)
    info = SourceInfo(320, 180, FPS, has_audio=False)
    await encoder.start(info, first.tracks, RUNGS, output.take)
    for packet in [*first.packets, *second.packets]:
        encoder.write(packet)
    await encoder.finish()
    assert await encoder.wait() == ""
    assert [len(output.frames(rung)) for rung in (0, 1)] == [120, 120]
    assert AUDIO not in output.packets


async def test_pictures_do_not_wait_for_sound_that_was_announced() -> None:
    """Three seconds without sound, then sound: the pictures have been out before it came."""
    sent = source(clip(seconds=4))
    late = START_MS + 3000
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    await encoder.start(SOURCE, sent.tracks, RUNGS, output.take)
    for packet in (one for one in sent.without_sound() if one.dts_ms < late):
        encoder.write(packet)
        await encoder.drain()
    await await_until(lambda: len(output.frames(1)) > 80)
    assert len(output.packets.get(AUDIO, [])) == 0
    for packet in (one for one in sent.packets if one.dts_ms >= late):
        encoder.write(packet)
        await encoder.drain()
    await encoder.finish()
    assert await encoder.wait() == ""
    assert [len(output.frames(rung)) for rung in (0, 1)] == [120, 120]
    assert len(output.packets[AUDIO]) > 40


async def test_sound_that_was_announced_and_never_came_is_no_fault() -> None:
    sent = source(clip(seconds=2))
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    await encoder.start(SOURCE, sent.tracks, RUNGS, output.take)
    for packet in sent.without_sound():
        encoder.write(packet)
        await encoder.drain()
    await encoder.finish()
    assert await encoder.wait() == ""
    assert [len(output.frames(rung)) for rung in (0, 1)] == [60, 60]


async def test_opus_comes_out_as_aac() -> None:
    """A browser's sound is taken as it is; the child alone decodes it."""
    silence = bytes.fromhex("f8fffe")  # 20 ms (RFC 6716, 3.1)
    sound = AudioTrack(OpusConfig.of_rtp())
    pictures = source(clip(seconds=2, audio=False))
    packets = [*pictures.packets, *(
        MediaPacket(sound, START_MS + n * 20, START_MS + n * 20, True, silence) for n in range(100)
    )]  # fmt: skip
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    await encoder.start(SOURCE, [*pictures.tracks, sound], RUNGS, output.take)
    for packet in sorted(packets, key=lambda one: one.dts_ms):
        encoder.write(packet)
        await encoder.drain()
    await encoder.finish()
    assert await encoder.wait() == ""
    assert {one.track.codec for one in output.packets[AUDIO]} == {Codec.AAC}
    assert 93 <= len(output.packets[AUDIO]) <= 96  # 2 s of 1,024 samples each, and the priming
    assert len(output.frames(0)) == 60


async def test_garbage_ends_the_child_with_its_complaint() -> None:
    encoder = FfmpegEncoder("ultrafast")
    await encoder.start(SOURCE, TRACKS, RUNGS, lambda rung, packet: None)
    for _ in range(200):
        encoder.write(picture(0, b"garbage"))
    await encoder.finish()
    assert await encoder.wait() != ""


async def test_a_killed_child_is_noticed_and_writing_to_it_is_harmless() -> None:
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    sent = source(clip(seconds=5))
    await encoder.start(SOURCE, sent.tracks, RUNGS, output.take)
    assert encoder.pid is not None
    await encoder.kill()
    await encoder.kill()
    for packet in sent.packets:
        encoder.write(packet)
        await encoder.drain()
    await encoder.finish()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_no_descriptor_is_left_open() -> None:
    async def run() -> None:
        encoder, output = FfmpegEncoder("ultrafast"), Output()
        sent = source(clip(seconds=2))
        await encoder.start(SOURCE, sent.tracks, RUNGS, output.take)
        for packet in sent.packets:
            encoder.write(packet)
        await encoder.finish()

    await run()
    before = descriptors()
    await run()
    await await_until(lambda: descriptors() <= before)


async def test_child_whose_pipes_cannot_be_read_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be no descriptor left, and a child that nobody knows would wait for ever."""
    program = tmp_path / "encoder"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    loop, before = asyncio.get_running_loop(), descriptors()
    connect, left = loop.connect_read_pipe, 2  # asyncio reads the child's complaints by itself

    async def none_left(*given: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError("too many open files")
        return await connect(*given)

    encoder = FfmpegEncoder(executable=str(program))
    with monkeypatch.context() as patch:
        patch.setattr(loop, "connect_read_pipe", none_left)
        with pytest.raises(OSError, match="too many open files"):
            await encoder.start(SOURCE, [], RUNGS, lambda rung, packet: None)
    assert encoder.pid is None
    await await_until(lambda: descriptors() <= before)
    await encoder.kill()  # and again: there is nothing to end


async def test_a_program_that_is_missing_is_an_os_error() -> None:
    encoder = FfmpegEncoder(executable="/nonexistent/ffmpeg")
    with pytest.raises(FileNotFoundError):
        await encoder.start(SOURCE, TRACKS, RUNGS, lambda rung, packet: None)


def test_without_sound_nothing_is_asked_of_the_audio_pipe() -> None:
    arguments = command("ffmpeg", x264("veryfast"), False, RUNGS, [5, 6])
    assert [a for a in arguments if a.startswith("pipe:")] == ["pipe:0", "pipe:5", "pipe:6"]
    assert "aac" not in arguments


@pytest.mark.parametrize("card", HARDWARE)
def test_cards_are_told_the_same_as_x264(card: str) -> None:
    video = HARDWARE[card]
    arguments = command("ffmpeg", video, True, RUNGS, [5, 6, 7])
    text = " ".join(arguments)
    assert text.count(f"-c:v {video.codec} ") == len(RUNGS)
    for told in ("-bf 0", "-g 60", "-force_key_frames expr:eq(mod(n,60),0)", "-profile:v high"):
        assert text.count(told) == len(RUNGS)
    assert text.count(video.upload) == len(RUNGS)
    assert "libx264" not in text


def corners_of(size: str) -> tuple[int, int]:
    """Return the light of the first and the last pixel of a white picture of this size, fitted into
    854 by 480."""
    done = subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i",
            f"color=white:size={size}", "-vf",
            fitted(Rung("480p", 854, 480, 300, FPS)) + ",format=gray",
            "-frames:v", "1", "-f", "rawvideo", "-",
        ],
        capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    assert len(done.stdout) == 854 * 480
    return done.stdout[0], done.stdout[-1]


def test_no_black_stands_beside_a_picture_whose_side_was_rounded() -> None:
    white = corners_of("1280x720")  # 853.3 by 480
    assert min(white) > 200


def test_black_stands_beside_a_picture_of_another_shape() -> None:
    assert max(corners_of("360x640")) < 20
