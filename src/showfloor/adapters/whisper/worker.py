"""The process that recognises speech: packets of sound on stdin, words as JSON lines on stdout.

One thread decodes and cuts, the other recognises. Between them stand a few utterances: what comes
while they wait is worth more than what has waited, so the oldest is dropped and told. It ends with
its stdin, and so with the server.
"""

import argparse
import json
import os
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any, Final

import av
import numpy as np

from showfloor.adapters.whisper import wire
from showfloor.adapters.whisper.recogniser import Recogniser, Samples, Word
from showfloor.media.listening.utterances import FRAME_MS, UtteranceCutter

RATE: Final = 16_000  # samples/s
FRAME: Final = RATE * FRAME_MS // 1000  # samples
WAITING_MAX: Final = 3  # utterances
JUMP_MS: Final = 200  # in the stamps: the sound before and after does not belong together
TEXT_MAX: Final = 80  # characters of a caption
NICENESS: Final = 15


@dataclass(frozen=True, slots=True)
class Stretch:
    """An utterance: its first sample is of `at_ms`."""

    at_ms: int
    samples: Samples

    @property
    def lasts_ms(self) -> int:
        return len(self.samples) * 1000 // RATE


class UtteranceReader:
    """Decodes packets and cuts utterances out of them."""

    def __init__(self) -> None:
        self._codec: Any = None
        self._resampler: Any = None
        self._at_ms: int | None = None
        self._restart(0)

    def track(self, body: bytes) -> Iterator[Stretch]:
        yield from self.flush()
        said = json.loads(body)
        self._codec = av.CodecContext.create(said["codec"], "r")
        self._codec.extradata = bytes.fromhex(said["record"])
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        self._at_ms = None

    def packet(self, body: bytes) -> Iterator[Stretch]:
        if self._codec is None:
            return
        (at_ms,) = wire.STAMP.unpack_from(body)
        expected = self._start_ms + (self._first + len(self._samples)) * 1000 // RATE
        if self._at_ms is None or abs(at_ms - expected) > JUMP_MS:
            yield from self.flush()
            self._restart(at_ms)
        self._at_ms = at_ms
        try:
            frames = self._codec.decode(av.Packet(body[wire.STAMP.size :]))
        except av.FFmpegError:
            return  # one damaged packet
        for frame in frames:
            frame.pts = None
            for part in self._resampler.resample(frame):
                yield from self._hear(part.to_ndarray().reshape(-1))

    def flush(self) -> Iterator[Stretch]:
        found = self._cutter.flush()
        if found is not None:
            yield self._stretch(found.start, found.end)

    def _restart(self, at_ms: int) -> None:
        self._start_ms = at_ms
        self._first = 0  # which sample of the line `_samples` begins with
        self._samples: Samples = np.zeros(0, np.float32)
        self._heard = 0  # frames
        self._cutter = UtteranceCutter()
        self._kept = 0  # the frame before which nothing is needed any more

    def _hear(self, samples: Samples) -> Iterator[Stretch]:
        self._samples = np.concatenate([self._samples, samples])
        while (start := self._heard * FRAME - self._first) + FRAME <= len(self._samples):
            frame = self._samples[start : start + FRAME]
            level = 10 * np.log10(float(np.mean(np.square(frame))) + 1e-10)
            self._heard += 1
            found = self._cutter.hear(level)
            if found is not None:
                yield self._stretch(found.start, found.end)
        self._forget()

    def _stretch(self, start: int, end: int) -> Stretch:
        first, last = start * FRAME - self._first, end * FRAME - self._first
        return Stretch(
            self._start_ms + start * FRAME_MS, self._samples[max(0, first) : last].copy()
        )

    def _forget(self) -> None:
        """Keep the last eight seconds: no utterance is longer."""
        surplus = len(self._samples) - 8 * RATE
        if surplus > RATE:
            self._samples = self._samples[surplus:]
            self._first += surplus


class Waiting:
    """The utterances between the two threads."""

    def __init__(self) -> None:
        self._stretches: queue.Queue[Stretch | None] = queue.Queue(WAITING_MAX)

    def put(self, stretch: Stretch) -> int:
        """Add an utterance; return how many ms of speech were dropped for it."""
        dropped = 0
        while True:
            try:
                self._stretches.put_nowait(stretch)
                return dropped
            except queue.Full:
                oldest = self._stretches.get()
                dropped += oldest.lasts_ms if oldest is not None else 0

    def end(self) -> None:
        self._stretches.put(None)

    def __iter__(self) -> Iterator[Stretch]:
        return iter(self._stretches.get, None)


def captions(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Yield the words in runs that are a caption each."""
    run: list[Word] = []
    for word in words:
        if run and len("".join(one.text for one in (*run, word)).strip()) > TEXT_MAX:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def run(stdin: IO[bytes], stdout: IO[str], recogniser: Recogniser, language: str) -> None:
    """Recognise until the input ends."""
    waiting, writing = Waiting(), threading.Lock()

    def tell(line: dict[str, object]) -> None:
        with writing:
            stdout.write(json.dumps(line) + "\n")
            stdout.flush()

    def listen() -> None:
        reader = UtteranceReader()
        try:
            while (frame := wire.read(stdin)) is not None:
                kind, body = frame
                for stretch in reader.track(body) if kind == wire.TRACK else reader.packet(body):
                    if dropped := waiting.put(stretch):
                        tell({"skipped_ms": dropped})
            for stretch in reader.flush():
                waiting.put(stretch)
        finally:
            waiting.end()

    threading.Thread(target=listen, name="listening", daemon=True).start()
    for stretch in waiting:
        for some in captions(recogniser.recognise(stretch.samples, language)):
            text = "".join(word.text for word in some).strip()
            if text:
                start, end = (round(s * 1000) for s in (some[0].start_s, some[-1].end_s))
                tell(
                    {"text": text, "start_ms": stretch.at_ms + start, "end_ms": stretch.at_ms + end}
                )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--recogniser", required=True, help="module:class")
    parser.add_argument("--model", required=True)
    parser.add_argument("--language", required=True)
    given = parser.parse_args(arguments)
    os.nice(NICENESS)
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # libraries of models print as they like
    module, _colon, name = given.recogniser.partition(":")
    made = getattr(import_module(module), name)(given.model)
    run(sys.stdin.buffer, lines, made, given.language)


if __name__ == "__main__":
    main(sys.argv[1:])
