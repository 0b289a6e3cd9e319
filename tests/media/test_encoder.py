"""The FFmpeg child: what it gives for what it gets, and how it ends."""

import asyncio
import subprocess
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder, command, fitted
from showfloor.media.encoding.timebase import START_MS
from showfloor.media.formats.flv import AudioPacket, FlvTag, TagKind, VideoPacket, VideoPayload
from showfloor.media.packaging.segmenter import Part, Segmenter
from showfloor.media.ports import AUDIO, Rung, SourceInfo
from tests.support.media import clip
from tests.support.waiting import await_until

FPS = Fraction(30)
SOURCE = SourceInfo(320, 180, FPS, has_audio=True)
RUNGS = (Rung("180p", 320, 180, 300, FPS), Rung("90p", 160, 90, 100, FPS))


class Output:
    """Collects the tags of all pipes and cuts them."""

    def __init__(self, rungs: Sequence[Rung] = RUNGS, *, has_audio: bool = True) -> None:
        self.tags: dict[int, list[FlvTag]] = {}
        self.first_frame_at: float | None = None
        self.parts: list[Part] = []
        self.cutter = Segmenter(rungs, has_audio=has_audio)

    def take(self, rung: int, tag: FlvTag) -> None:
        self.tags.setdefault(rung, []).append(tag)
        self.parts += self.cutter.feed(rung, tag, time.monotonic())
        if self.first_frame_at is None and self.frames(0):
            self.first_frame_at = time.monotonic()

    def frames(self, rung: int) -> list[FlvTag]:
        return [
            tag
            for tag in self.tags.get(rung, [])
            if tag.kind is TagKind.VIDEO
            and VideoPayload.parse(tag.payload).packet_type is VideoPacket.FRAME
        ]


def shifted(tags: Sequence[FlvTag]) -> list[FlvTag]:
    """As a broadcast gives them to the encoder: the first picture at START_MS."""
    first = next(t for t in tags if t.kind is TagKind.VIDEO and len(t.payload) > 100)
    offset = START_MS - first.timestamp_ms - VideoPayload.parse(first.payload).cts_ms
    return [FlvTag(t.kind, max(0, t.timestamp_ms + offset), t.payload) for t in tags]


async def test_every_rung_has_every_frame_with_key_frames_each_two_seconds() -> None:
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    await encoder.start(SOURCE, RUNGS, output.take)
    for tag in shifted(clip(seconds=5)):
        encoder.write(tag)
        await encoder.drain()
    await encoder.finish()
    assert await encoder.wait() == ""
    for rung in (0, 1):
        frames = output.frames(rung)
        assert len(frames) == 150
        assert [t.timestamp_ms for t in frames] == [
            round(START_MS + n * 1000 / 30) for n in range(150)
        ]
        keys = [n for n, t in enumerate(frames) if VideoPayload.parse(t.payload).is_key]
        assert keys == [0, 60, 120]
        assert {VideoPayload.parse(t.payload).cts_ms for t in frames} == {0}
    assert [p.duration for p in output.parts] == [Fraction(1, 3)] * 15
    assert len(output.tags[AUDIO]) > 5 * 46


async def test_the_first_frame_does_not_wait_for_probing() -> None:
    """Measured 0.12 s on an idle machine; FFmpeg's own probing of FLV takes up to five."""
    tags = shifted(clip(seconds=5))
    encoder, output = FfmpegEncoder("veryfast"), Output()
    await encoder.start(SOURCE, RUNGS, output.take)
    start = time.monotonic()
    for tag in tags:  # as fast as they come from a camera
        if tag.timestamp_ms - START_MS > 1000 * (time.monotonic() - start):
            await asyncio.sleep((tag.timestamp_ms - START_MS) / 1000 - (time.monotonic() - start))
        encoder.write(tag)
        if output.first_frame_at is not None:
            break
    await encoder.kill()
    assert output.first_frame_at is not None
    assert output.first_frame_at - start < 1.5


async def test_a_picture_that_changes_its_size_is_fitted_into_the_same_rungs() -> None:
    first = shifted(clip(size="320x180", seconds=2, audio=False))
    second = [
        FlvTag(t.kind, t.timestamp_ms + 2000, t.payload)
        for t in shifted(clip(size="180x320", seconds=2, audio=False))
    ]
    encoder, output = FfmpegEncoder("ultrafast"), Output(has_audio=False)
    source = SourceInfo(320, 180, FPS, has_audio=False)
    await encoder.start(source, RUNGS, output.take)
    for tag in [*first, *second]:
        encoder.write(tag)
    await encoder.finish()
    assert await encoder.wait() == ""
    assert [len(output.frames(rung)) for rung in (0, 1)] == [120, 120]
    assert AUDIO not in output.tags


async def test_pictures_do_not_wait_for_sound_that_was_announced() -> None:
    """Three seconds without sound, then sound: the pictures have been out before it came."""
    tags = shifted(clip(seconds=4))
    silent = [t for t in tags if t.kind is not TagKind.AUDIO or t.payload[1] == AudioPacket.CONFIG]
    late = START_MS + 3000
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    await encoder.start(SOURCE, RUNGS, output.take)
    for tag in (t for t in silent if t.timestamp_ms < late):
        encoder.write(tag)
        await encoder.drain()
    await await_until(lambda: len(output.frames(1)) > 80)
    assert len(output.tags.get(AUDIO, [])) == 0
    for tag in (t for t in tags if t.timestamp_ms >= late):
        encoder.write(tag)
        await encoder.drain()
    await encoder.finish()
    assert await encoder.wait() == ""
    assert [len(output.frames(rung)) for rung in (0, 1)] == [120, 120]
    assert len(output.tags[AUDIO]) > 40


async def test_sound_that_was_announced_and_never_came_is_no_fault() -> None:
    tags = [t for t in shifted(clip(seconds=2))
            if t.kind is not TagKind.AUDIO or t.payload[1] == AudioPacket.CONFIG]  # fmt: skip
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    await encoder.start(SOURCE, RUNGS, output.take)
    for tag in tags:
        encoder.write(tag)
        await encoder.drain()
    await encoder.finish()
    assert await encoder.wait() == ""
    assert [len(output.frames(rung)) for rung in (0, 1)] == [60, 60]


async def test_garbage_ends_the_child_with_its_complaint() -> None:
    encoder = FfmpegEncoder("ultrafast")
    await encoder.start(SOURCE, RUNGS, lambda rung, tag: None)
    for _ in range(200):
        encoder.write(FlvTag(TagKind.VIDEO, 0, b"\x17\x01\0\0\0garbage"))
    await encoder.finish()
    assert await encoder.wait() != ""


async def test_a_killed_child_is_noticed_and_writing_to_it_is_harmless() -> None:
    encoder, output = FfmpegEncoder("ultrafast"), Output()
    await encoder.start(SOURCE, RUNGS, output.take)
    assert encoder.pid is not None
    await encoder.kill()
    await encoder.kill()
    for tag in clip(seconds=5):
        encoder.write(tag)
        await encoder.drain()
    await encoder.finish()


async def test_no_descriptor_is_left_open() -> None:
    async def run() -> None:
        encoder, output = FfmpegEncoder("ultrafast"), Output()
        await encoder.start(SOURCE, RUNGS, output.take)
        for tag in shifted(clip(seconds=2)):
            encoder.write(tag)
        await encoder.finish()

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    await run()
    before = descriptors()
    await run()
    await await_until(lambda: descriptors() <= before)


async def test_a_program_that_is_missing_is_an_os_error() -> None:
    encoder = FfmpegEncoder(executable="/nonexistent/ffmpeg")
    with pytest.raises(FileNotFoundError):
        await encoder.start(SOURCE, RUNGS, lambda rung, tag: None)


def test_without_sound_nothing_is_asked_of_the_audio_pipe() -> None:
    arguments = command("ffmpeg", "veryfast", False, RUNGS, [5, 6])
    assert [a for a in arguments if a.startswith("pipe:")] == ["pipe:0", "pipe:5", "pipe:6"]
    assert "aac" not in arguments


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
