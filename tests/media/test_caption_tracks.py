"""Captions as WebVTT renditions: at their pictures, live when they come, within a trim."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.captions import caption_files
from showfloor.kernel.errors import NotFound
from showfloor.media.hls.blocking_reload import Directives
from showfloor.media.hls.caption_tracks import CaptionTrack, TimedCue
from showfloor.media.hls.origin import LiveStream
from showfloor.media.packaging.segmenter import Segmenter
from tests.media.test_segmenter import feed_all, rungs
from tests.support.media import T0, FixedClock

FPS = 30
S = timedelta(seconds=1)
HEAD = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"


def cue(text: str, start_s: float, end_s: float, arrived_s: float | None = None) -> TimedCue:
    arrived = None if arrived_s is None else T0 + arrived_s * S
    return TimedCue(text, text, T0 + start_s * S, T0 + end_s * S, arrived)


def track(*cues: TimedCue) -> tuple[CaptionTrack, ...]:
    return (CaptionTrack("en", "English", cues),)


class Shown:
    """A show of some seconds of real media, which has begun at T0 with its fifth second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FixedClock()
        self.stream = self.opened()

    def opened(self) -> LiveStream:
        recording = FileRecording(self.folder)
        stream = LiveStream("c", recording, recording.load(), clock=self.clock)
        stream.set_public(True)
        return stream

    async def run(self, seconds: int) -> None:
        cutter = Segmenter(rungs(FPS), has_audio=True)
        parts = feed_all(cutter, FPS, seconds * FPS)
        assert cutter.inits is not None
        self.stream.begin_broadcast(rungs(FPS), cutter.inits)
        self.stream.set_public(False)
        for part in parts:
            self.stream.set_public(part.start >= 4)
            pdt = T0 + (float(part.start) - 4) * S
            self.stream.add_part(part, pdt if part.index == 0 else None)
            await self.stream.settled()

    async def text(self, msn: int, part: int | None = None, *, name: str = "captions-en") -> str:
        if part is None:
            body = await self.stream.segment(1, name, msn, preview=False)
        else:
            body = await self.stream.part(1, name, msn, part, preview=False)
        return body.decode().removesuffix("\n")


@pytest.fixture
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    shown = Shown(tmp_path)
    yield shown
    await shown.stream.close()


async def test_segment_has_each_cue_that_is_shown_during_it_by_the_medias_clock(
    shown: Shown,
) -> None:
    shown.stream.set_captions(track(cue("A <b> & c", 1.25, 2.5), cue("D", 2.5, 4), cue("E", 4, 5)))
    await shown.run(12)
    first = "\n00:00:05.250 --> 00:00:06.500\nA &lt;b&gt; &amp; c\n"
    assert await shown.text(2) == HEAD + first
    assert await shown.text(3) == HEAD + first + "\n00:00:06.500 --> 00:00:08.000\nD\n"
    assert await shown.text(2, 0, name="live-captions-en") == HEAD  # before a third of a second
    with pytest.raises(NotFound):
        await shown.text(1)  # it was not public
    with pytest.raises(NotFound):
        await shown.text(3, name="captions-de")
    with pytest.raises(NotFound):
        await shown.stream.init(1, "captions-en", preview=False)


async def test_late_caption_begins_live_when_it_came_and_stands_at_its_picture_elsewhere(
    shown: Shown,
) -> None:
    shown.stream.set_captions(track(cue("Late", 0.5, 1.5, arrived_s=2.25), cue("Early", 5, 6, 4)))
    await shown.run(12)
    live = "\n00:00:06.250 --> 00:00:07.250\nLate\n"
    early = "\n00:00:09.000 --> 00:00:10.000\nEarly\n"
    assert await shown.text(2) == HEAD + "\n00:00:04.500 --> 00:00:05.500\nLate\n"
    assert [await shown.text(n, name="live-captions-en") for n in (2, 3, 4)] == [
        HEAD, HEAD + live, HEAD + early,
    ]  # fmt: skip


async def test_corrected_and_removed_captions_are_so_in_segments_that_are_listed(
    shown: Shown,
) -> None:
    shown.stream.set_captions(track(cue("Rouge fife", 0, 1), cue("Oops", 1, 2)))
    await shown.run(8)
    assert "Oops" in await shown.text(2)
    shown.stream.set_captions(track(cue("Rouge five", 0, 1)))
    assert await shown.text(2) == HEAD + "\n00:00:04.000 --> 00:00:05.000\nRouge five\n"


async def test_trimmed_replay_of_another_process_has_the_captions_that_are_left(
    shown: Shown,
) -> None:
    await shown.run(12)
    await shown.stream.close()
    shown.stream = shown.opened()
    shown.stream.set_captions(track(cue("Cut off", 0, 1), cue("Kept", 1.5, 2.5), cue("Too", 5, 6)))
    shown.stream.end()
    shown.stream.trim(T0 + 1 * S, T0 + 5 * S)
    assert await shown.text(2) == HEAD + "\n00:00:05.500 --> 00:00:06.500\nKept\n"
    assert "Too" not in await shown.text(4)
    listed = await shown.stream.playlist("captions-en", Directives(), preview=False)
    lines = listed.body.decode().splitlines()
    assert [line for line in lines if line.endswith(".vtt")] == [
        "1/captions-en/2.vtt", "1/captions-en/3.vtt", "1/captions-en/4.vtt",
    ]  # fmt: skip
    assert not any("EXT-X-MAP" in line for line in lines)


async def test_live_playlists_of_captions_and_rungs_know_each_other(shown: Shown) -> None:
    shown.stream.set_captions(track(cue("A", 0, 1)))
    await shown.run(7)
    rung = (await shown.stream.playlist("0p", Directives(), preview=False)).body.decode()
    words = (await shown.stream.playlist("captions-en", Directives(), preview=False)).body.decode()
    assert '#EXT-X-RENDITION-REPORT:URI="captions-en.m3u8",LAST-MSN=3,LAST-PART=2' in rung
    assert '#EXT-X-RENDITION-REPORT:URI="0p.m3u8",LAST-MSN=3,LAST-PART=2' in words
    assert '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="1/live-captions-en/3.3.vtt"' in words
    entry = shown.stream.multivariant(preview=False).body.decode()
    assert (
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="English",LANGUAGE="en",DEFAULT=NO,'
        'AUTOSELECT=YES,FORCED=NO,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog",'
        'URI="captions-en.m3u8"\n'
    ) in entry
    assert entry.count(',SUBTITLES="captions"\n') == entry.count("#EXT-X-STREAM-INF") == 3


@pytest.mark.parametrize("is_trimmed", [False, True])
async def test_ffmpeg_reads_the_same_captions_from_a_replay(
    shown: Shown, tmp_path: Path, is_trimmed: bool
) -> None:
    shown.stream.set_captions(track(cue("Hello & all", 1.25, 2.5), cue("Second", 2.5, 5.5)))
    await shown.run(12)
    shown.stream.end_broadcast()
    shown.stream.end()
    await shown.stream.settled()
    if is_trimmed:
        shown.stream.trim(T0 + 3 * S, None)
    listed = await shown.stream.playlist("captions-en", Directives(), preview=False)
    folder = tmp_path / "hls"
    (folder / "1/captions-en").mkdir(parents=True)
    (folder / "captions-en.m3u8").write_bytes(listed.body)
    for line in listed.body.decode().splitlines():
        if line.endswith(".vtt"):
            body = await shown.stream.segment(1, "captions-en", int(Path(line).stem), preview=False)
            (folder / line).write_bytes(body)
    command = [get_ffmpeg_exe(), "-i", folder / "captions-en.m3u8", "-f", "webvtt", "-"]
    made = await asyncio.to_thread(subprocess.check_output, command, timeout=20)
    cues = [(one.start_s, one.text) for one in caption_files.parse(made.decode())]
    assert set(cues) == {(6.5, "Second")} | (set() if is_trimmed else {(5.25, "Hello & all")})
