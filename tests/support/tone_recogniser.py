"""A recogniser whose language is tones: each burst of sound is a word, named by its pitch, with the
time at which it is really heard. A small stand-in for a model of speech, at the same port."""

import sys
import time
from typing import override

import numpy as np

from showfloor.adapters.whisper.recogniser import Recogniser, Samples, Word

RATE = 16_000
HOP = RATE // 100  # 10 ms
LOUD = 0.02
PITCHES = {"low": 300, "mid": 600, "high": 1200}  # Hz


class ToneRecogniser(Recogniser):
    """`model`: how many seconds it takes for each call."""

    def __init__(self, model: str) -> None:
        self._takes_s = float(model)
        sys.stdout.write("loading\n")  # as libraries of models do
        sys.stdout.flush()

    @override
    def recognise(self, samples: Samples, language: str) -> list[Word]:
        time.sleep(self._takes_s)
        hops = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
        loud = [*(np.sqrt(np.mean(hops**2, axis=1)) > LOUD), False]
        words, began = [], None
        for n, is_loud in enumerate(loud):
            if is_loud and began is None:
                began = n
            elif not is_loud and began is not None:
                if n - began >= 8:
                    word = f" {_name(samples[began * HOP : n * HOP])}"
                    words.append(Word(word, began / 100, n / 100))
                began = None
        return words


def _name(burst: Samples) -> str:
    crossings = np.count_nonzero(np.diff(np.signbit(burst)))
    pitch = crossings / 2 / (len(burst) / RATE)
    return min(PITCHES, key=lambda name: abs(PITCHES[name] - pitch))
