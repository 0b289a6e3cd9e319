"""A clip of 60 s from the middle of a recorded show of two hours, as HLS and as MP4.

The show is 720p at 2.5 Mbit/s: one encoded minute, again and again at its own times. Both figures
begin with the recording's index on disk, as a request or the job finds it; the MP4 is written
through to the disk. The baselines of the same run make the same clip with FFmpeg, from the playlist
of the replay: with `-c copy`, which cuts at key frames, and encoded again, which is exact.
"""

import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from benchmarks.figures import CannotMeasure, Figure
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.media.flv.packets import PacketReader
from showfloor.media.flv.tags import FlvReader
from showfloor.media.hls.blocking_reload import Directives
from showfloor.media.hls.origin import LiveStream
from showfloor.media.packaging.mp4_file import SourceSegment, write_mp4
from showfloor.media.packaging.segmenter import Segmenter
from showfloor.media.packets import AudioTrack, MediaPacket
from showfloor.media.ports import AUDIO, Rung
from showfloor.media.recording.cut import cut, follows
from showfloor.media.recording.index import (
    BroadcastRecord,
    RungInfo,
    SegmentRecord,
    segment_to_json,
)

FIGURES = ("clip_hls_s", "clip_mp4_s", "clip_ffmpeg_copy_s", "clip_ffmpeg_encode_s")
SHOW_S: Final = 7_200
MINUTE_S: Final = 60
START: Final = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
CLIP_FROM: Final = START + timedelta(hours=1, seconds=0.7)
CLIP_UNTIL: Final = CLIP_FROM + timedelta(seconds=60)
RUNG: Final = Rung("720p", 1280, 720, 2500, Fraction(30))
INFO: Final = RungInfo("720p", 1280, 720, 30, 2500, "avc1.64001f,mp4a.40.2")
RATES: Final = {1: 1_000_000, 2: 48_000}  # of the tracks' times
TIMES: Final = 3


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _record(folder / "show")
        best = partial(_best_of, TIMES)
        yield Figure("clip_hls_s", best(lambda: _hls(folder / "show")), "s", "<= 1")
        yield Figure("clip_mp4_s", best(lambda: _mp4(folder)), "s", "<= 10")
        playlist = asyncio.run(_whole_playlist(folder / "show"))
        copied = best(lambda: _ffmpeg(folder, playlist, "-c", "copy"))
        yield Figure("clip_ffmpeg_copy_s", copied, "s")
        encode = ("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac")
        yield Figure(
            "clip_ffmpeg_encode_s", _timed(lambda: _ffmpeg(folder, playlist, *encode)), "s"
        )


def _best_of(times: int, act: Callable[[], object]) -> float:
    return min(_timed(act) for _time in range(times))


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _hls(folder: Path) -> None:
    """Open the recording, as after a restart, and give out the clip's playlist."""

    async def playlist() -> None:
        recording = FileRecording(folder)
        stream = LiveStream("show", recording, recording.load())
        body = stream.cut_playlist("720p", CLIP_FROM, CLIP_UNTIL).body
        assert body.count(b".m4s") == 31
        await stream.close()

    asyncio.run(playlist())


def _mp4(folder: Path) -> None:
    recording = FileRecording(folder / "show")
    found = cut(recording.peek().segments, CLIP_FROM, CLIP_UNTIL)
    assert found is not None
    init = recording.read_init(1, "720p")
    sources = [
        SourceSegment(
            init, partial(recording.read_segment, 1, "720p", one.msn),
            continues=before is not None and follows(before, one),
        )
        for before, one in zip((None, *found.segments), found.segments, strict=False)
    ]  # fmt: skip
    with (folder / "clip.mp4").open("wb") as out:
        write_mp4(out, sources, start=found.start, end=found.end)
        out.flush()
        os.fsync(out.fileno())


async def _whole_playlist(folder: Path) -> Path:
    recording = FileRecording(folder)
    stream = LiveStream("show", recording, recording.load())
    stream.end()
    whole = await stream.playlist("720p", Directives(), preview=False)
    await stream.close()
    path = folder / "replay.m3u8"
    path.write_bytes(whole.body)
    return path


def _ffmpeg(folder: Path, playlist: Path, *how: str) -> None:
    start_s = (CLIP_FROM - START).total_seconds()
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-ss", f"{start_s:.3f}",
        "-i", str(playlist), "-t", "60", *how, "-movflags", "+faststart", str(folder / "ff.mp4"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        raise CannotMeasure(done.stderr.decode("utf-8", "replace")[-500:])


def _record(folder: Path) -> None:
    """Write the show: the same minute 120 times. Its media stands once on the disk for each minute
    that somebody reads: the first one, and those around the clip."""
    init, minute = _minute()
    recording = FileRecording(folder)
    recording.begin(BroadcastRecord(1, (INFO,)), {"720p": init})
    lines = []
    for msn in range(SHOW_S // 2):
        number, place = divmod(msn, len(minute))
        body = minute[place]
        if number == 0 or 58 <= number <= 62:
            path = folder / "1" / "720p" / f"{msn}.m4s"
            path.write_bytes(_moved(body, number * MINUTE_S))
        record = SegmentRecord(
            msn, 1, False, START + timedelta(seconds=2 * msn), Fraction(2), True,
            {"720p": len(body)},
        )  # fmt: skip
        lines.append(record)
    for record in lines[:1]:
        recording.append(record, {"720p": minute[0]})
    _append_lines(folder, lines[1:])


def _append_lines(folder: Path, records: list[SegmentRecord]) -> None:
    """Write the rest of the index without an fsync for each line."""
    with (folder / "index.jsonl").open("a", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(segment_to_json(record), separators=(",", ":")) + "\n")


def _minute() -> tuple[bytes, list[bytes]]:
    """Return the init segment and the 30 segments of a minute, as our own encoder makes them."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i",
        "testsrc2=size=1280x720:rate=30", "-f", "lavfi", "-i", "sine=440:sample_rate=48000",
        "-t", str(MINUTE_S), "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "2500k",
        "-maxrate", "2500k", "-bufsize", "1250k", "-pix_fmt", "yuv420p", "-g", "60",
        "-sc_threshold", "0", "-bf", "0", "-c:a", "aac", "-ac", "2", "-f", "flv", "-",
    ]  # fmt: skip
    flv = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout
    reader, cutter, parts = PacketReader(), Segmenter((RUNG,), has_audio=True), []
    for tag in FlvReader().feed(flv):
        for packet in reader.take(tag):
            if isinstance(packet, MediaPacket):
                pipe = AUDIO if isinstance(packet.track, AudioTrack) else 0
                parts += cutter.feed(pipe, packet, 0.0)
    parts += cutter.flush()
    segments = [b""] * (MINUTE_S // 2)
    for part in parts:
        segments[part.segment] += part.payloads[0]
    assert cutter.inits is not None
    assert all(segments)
    return cutter.inits[0].data, segments


def _moved(body: bytes, seconds: int) -> bytes:
    """Return a segment with its times moved (`tfdt`, ISO/IEC 14496-12, 8.8.12)."""
    data = bytearray(body)
    place = data.find(b"tfdt\x01")
    while place >= 0:
        rate = RATES[int.from_bytes(data[place - 8 : place - 4])]
        at = int.from_bytes(data[place + 8 : place + 16]) + seconds * rate
        data[place + 8 : place + 16] = at.to_bytes(8)
        place = data.find(b"tfdt\x01", place + 16)
    return bytes(data)
