"""Captions by a program that listens: utterances, the process, and words at their pictures."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from showfloor.adapters.ffmpeg.film import read_film
from showfloor.adapters.whisper.process import WhisperProcess
from showfloor.media.hub.stream_hub import StreamHub
from showfloor.media.listening.listening import Listening
from showfloor.media.listening.ports import ListeningTools, Said
from showfloor.media.listening.utterances import LONGEST_FRAMES, Utterance, UtteranceCutter
from showfloor.media.packets import MediaPacket, SourceItem
from tests.support.media import T0, ffmpeg
from tests.support.tone_recogniser import PITCHES
from tests.support.waiting import await_until

TONES = "tests.support.tone_recogniser:ToneRecogniser"
SPOKEN = [("low", 1.0), ("high", 1.5), ("mid", 3.0), ("low", 5.2)]  # each lasts 0.3 s
LASTS_S = 7
AAC = "-c:a", "aac"


def heard(levels: Sequence[float]) -> list[Utterance]:
    cutter = UtteranceCutter()
    found = [cutter.hear(level) for level in levels]
    return [one for one in [*found, cutter.flush()] if one is not None]


def test_utterance_ends_with_a_pause_and_begins_a_little_before_the_voice() -> None:
    levels = [-60.0] * 30 + [-20.0] * 20 + [-60.0] * 30
    assert heard(levels) == [Utterance(23, 57)]


def test_click_and_steady_noise_are_no_voice() -> None:
    assert heard([-60.0] * 20 + [-10.0] * 2 + [-60.0] * 30) == []
    fan = heard([-60.0] * 20 + [-30.0] * 2000)
    assert fan[-1].end < 1000  # it is taken for a voice until the noise of the room is known


def test_voice_in_a_noisy_hall_is_heard() -> None:
    assert len(heard([-35.0] * 1000 + [-18.0] * 30 + [-35.0] * 40)) >= 1


def test_speech_without_a_pause_is_cut_where_it_is_quietest_and_nothing_is_lost() -> None:
    levels = [-60.0] * 20 + [-20.0] * 80 + [-33.0] + [-20.0] * 100 + [-60.0] * 20
    found = heard(levels)
    assert found[0] == Utterance(13, 101)  # after the quiet frame
    assert max(one.end - one.start for one in found) <= LONGEST_FRAMES
    assert all(before.end == after.start for before, after in pairwise(found))
    assert found[-1].end >= 201


# --- the process, with a recogniser of tones ---


@cache
def film(codec: tuple[str, ...]) -> list[SourceItem]:
    """A source whose sound says SPOKEN."""
    said = "+".join(
        f"0.4*sin({PITCHES[name]}*2*PI*t)*between(t,{at_s},{at_s + 0.3})" for name, at_s in SPOKEN
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mkv"
        ffmpeg(
            "-v", "error", "-f", "lavfi", "-i", f"color=black:s=64x36:r=25:d={LASTS_S}",
            "-f", "lavfi", "-i", f"aevalsrc='{said}':s=48000:d={LASTS_S}", "-c:v", "libx264",
            "-preset", "ultrafast", "-g", "25", "-bf", "0", *codec, str(path),
        )  # fmt: skip
        return list(read_film(path))


class Clock:
    """The wall clock of a hub, by the stamps of what is written."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now


class Captions:
    """The captions that were said, and the processes that heard them."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.said: list[Said] = []
        self.processes: list[WhisperProcess] = []
        self._takes_s = takes_s
        self._changed = asyncio.Event()

    def tools(self) -> ListeningTools:
        return ListeningTools(self._new_process, lambda _channel: "de", self._say, (0.0,))

    async def until(self, is_there: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not is_there():
                self._changed.clear()
                await self._changed.wait()

    async def started(self, count: int) -> None:
        await await_until(
            lambda: len(self.processes) >= count and self.processes[-1].pid is not None, 20
        )

    def _new_process(self, language: str) -> WhisperProcess:
        self.processes.append(WhisperProcess(str(self._takes_s), language, TONES))
        return self.processes[-1]

    async def _say(self, channel_id: str, language: str, said: Said) -> None:
        assert (channel_id, language) == ("channel", "de")
        self.said.append(said)
        self._changed.set()


async def play(
    items: Sequence[SourceItem], captions: Captions, after: Callable[[], Awaitable[object]]
) -> None:
    """Give a source to a listener at once, as if it came in its own time."""
    clock = Clock()
    hub = StreamHub("channel", clock)
    listening = Listening("channel", hub, captions.tools())
    listening.apply("de")
    await captions.started(1)
    source = hub.attach_source("primary")
    (reader,) = hub.readers
    first = next(one.pts_ms for one in items if isinstance(one, MediaPacket))
    for item in items:
        if isinstance(item, MediaPacket):
            clock.now = T0 + timedelta(milliseconds=item.pts_ms - first)
        source.write(item)
        await reader.caught_up()
    await after()
    await source.leave()
    listening.apply("")
    await reader.closed()


async def test_words_are_said_at_their_pictures() -> None:
    captions = Captions()
    await play(film(AAC), captions, lambda: captions.until(lambda: len(captions.said) == 3))
    assert [one.text for one in captions.said] == ["low high", "mid", "low"]
    begins = [SPOKEN[0][1], SPOKEN[2][1], SPOKEN[3][1]]
    for one, at_s in zip(captions.said, begins, strict=True):
        assert (one.starts_at - T0).total_seconds() == pytest.approx(at_s, abs=0.1)
        assert 0.2 < (one.ends_at - one.starts_at).total_seconds() < 1.0
    assert len({one.cue_id for one in captions.said}) == 3
    assert [one.pid for one in captions.processes] == [None]  # it has ended


async def test_dead_process_is_started_again() -> None:
    captions = Captions()

    async def killed() -> None:
        await captions.until(lambda: bool(captions.said))
        pid = captions.processes[0].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await captions.started(2)

    await play(film(("-c:a", "libopus")), captions, killed)
    assert len(captions.processes) == 2
    assert captions.said[0].text == "low high"


async def test_process_that_is_too_slow_skips_the_oldest_and_tells() -> None:
    captions = Captions(takes_s=0.3)
    many = film(AAC)
    packets = [one for one in many if isinstance(one, MediaPacket)]
    lasts = LASTS_S * 1000 + 100
    again = [
        MediaPacket(one.track, one.dts_ms + n * lasts, one.pts_ms + n * lasts, one.is_key, one.data)
        for n in range(1, 4)
        for one in packets
    ]
    last = T0 + timedelta(milliseconds=3 * lasts, seconds=SPOKEN[3][1])

    def is_over() -> bool:
        near = timedelta(seconds=0.3)
        return bool(captions.said) and abs(captions.said[-1].starts_at - last) < near

    await play([*many, *again], captions, lambda: captions.until(is_over))
    assert len(captions.said) < 12
    times = [one.starts_at for one in captions.said]
    assert times == sorted(times)
