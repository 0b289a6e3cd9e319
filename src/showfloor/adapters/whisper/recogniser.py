"""The recogniser of speech: Whisper by faster-whisper (extra `captions`), from the disk.

faster-whisper's own reading of files does not get on with our PyAV, so it is given samples.
"""

from dataclasses import dataclass
from typing import Any, Protocol, override

import numpy as np

type Samples = np.ndarray[Any, np.dtype[np.float32]]

NO_SPEECH = 0.6
UNLIKELY = -1.0


@dataclass(frozen=True, slots=True)
class Word:
    """A word, with its blank before it, in s from the first sample."""

    text: str
    start_s: float
    end_s: float


class Recogniser(Protocol):
    def recognise(self, samples: Samples, language: str) -> list[Word]:
        """Return the words in some seconds of mono sound at 16 kHz."""


class WhisperRecogniser(Recogniser):
    def __init__(self, model: str) -> None:
        from faster_whisper import WhisperModel  # the extra, and seconds

        self._model = WhisperModel(
            model, device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )

    @override
    @override
    def recognise(self, samples: Samples, language: str) -> list[Word]:
        segments, _info = self._model.transcribe(
            samples, language=language, beam_size=1, temperature=0.0, word_timestamps=True,
            condition_on_previous_text=False, vad_filter=False,
        )  # fmt: skip
        return [
            Word(word.word, word.start, word.end)
            for segment in segments
            # Whisper invents words for noise, and says itself how little it believes in them.
            if not (segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < UNLIKELY)
            for word in segment.words or ()
        ]
