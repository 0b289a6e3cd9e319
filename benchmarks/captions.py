"""Captions by a program that listens: how long after its last word a caption is there, and how far
from the picture of its first word it stands.

A source of half a minute comes in its own time. Its words are tones, and the recogniser is the one
of the tests, which takes as long for each stretch of speech as a small Whisper model does on one
core: so these are the figures of everything around the model, and not of its words.
"""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from benchmarks.figures import Figure, percentile
from showfloor.adapters.ffmpeg.film import read_film
from showfloor.adapters.whisper.process import WhisperProcess
from showfloor.kernel.clock import utc_now
from showfloor.media.hub.stream_hub import StreamHub
from showfloor.media.listening.listening import Listening
from showfloor.media.listening.ports import ListeningTools, Said
from showfloor.media.packets import MediaPacket, SourceItem
from tests.support.tone_recogniser import PITCHES

FIGURES = ("caption_ready_p50_s", "caption_ready_p95_s", "caption_skew_p95_ms")
TONES: Final = "tests.support.tone_recogniser:ToneRecogniser"
MODEL_TAKES_S: Final = 0.3
WORD_S: Final = 0.3
LASTS_S: Final = 30
# Sentences of one to seven words, as people speak: three words a second, pauses between.
SENTENCES: Final = (
    (1.0, 3), (3.2, 7), (6.9, 1), (8.4, 5), (11.5, 7), (15.0, 2), (17.0, 6), (20.5, 4), (23.0, 7),
    (26.5, 3),
)  # fmt: skip


def run() -> Iterator[Figure]:
    ready, skews = asyncio.run(_measure())
    yield Figure("caption_ready_p50_s", percentile(ready, 0.5), "s")
    yield Figure("caption_ready_p95_s", percentile(ready, 0.95), "s", "<= 1.8")
    yield Figure("caption_skew_p95_ms", percentile(skews, 0.95), "ms", "<= 200")


def _words() -> list[tuple[float, str]]:
    names = list(PITCHES)
    return [
        (begins + n / 3, names[n % len(names)]) for begins, count in SENTENCES for n in range(count)
    ]


def _film() -> list[SourceItem]:
    said = "+".join(
        f"0.4*sin({PITCHES[name]}*2*PI*t)*between(t,{at_s:.3f},{at_s + WORD_S:.3f})"
        for at_s, name in _words()
    )
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "film.mkv"
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi",
            "-i", f"color=black:s=64x36:r=30:d={LASTS_S}", "-f", "lavfi",
            "-i", f"aevalsrc='{said}':s=48000:d={LASTS_S}", "-c:v", "libx264",
            "-preset", "ultrafast", "-g", "60", "-bf", "0", "-c:a", "aac", str(path),
        ]  # fmt: skip
        subprocess.run(command, check=True, timeout=60)
        return list(read_film(path))


async def _measure() -> tuple[list[float], list[float]]:
    """Return how long each caption took after its last word, s, and how far it is off, ms."""
    there: list[tuple[Said, datetime]] = []

    async def say(_channel: str, _language: str, said: Said) -> None:
        there.append((said, utc_now()))

    tools = ListeningTools(
        lambda language: WhisperProcess(str(MODEL_TAKES_S), language, TONES), lambda _: "de", say
    )
    hub = StreamHub("bench")
    listening = Listening("bench", hub, tools)
    listening.apply("de")
    items = _film()
    await asyncio.sleep(3)  # the process has started
    began = await _play(hub, items)
    await asyncio.sleep(3)
    listening.apply("")
    starts = [began + timedelta(seconds=at_s) for at_s, _name in _words()]
    ready = [(at - said.ends_at).total_seconds() for said, at in there]
    skews = [
        1000 * min(abs((said.starts_at - start).total_seconds()) for start in starts)
        for said, _at in there
    ]
    return ready, skews


async def _play(hub: StreamHub, items: Sequence[SourceItem]) -> datetime:
    """Give the source in its own time; return when its first picture came."""
    source = hub.attach_source("primary")
    first = next(item.pts_ms for item in items if isinstance(item, MediaPacket))
    began, began_s = utc_now(), time.monotonic()
    for item in items:
        if isinstance(item, MediaPacket):
            late_s = began_s + (item.pts_ms - first) / 1000 - time.monotonic()
            await asyncio.sleep(max(0.0, late_s))
        source.write(item)
    await source.leave()
    return began
