"""Questions that ask the same, found by their words: a suggestion to the moderator, who decides.

Two measures, because each fails where the other holds: the words that are left without those that
every question has (rare ones count more), and three-letter pieces, which survive typing errors and
compound words. No model, no download; a few hundred questions at a time.

A library of string distances does not replace them: over the test's pairs, the best measure of
rapidfuzz parts the same from the different at 93 to 92 of 100 (`token_set_ratio` of these stems),
and gives 100 to any question whose words are among another's.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from showfloor.community.textfilter.stop_words import STOP_WORDS

TEXTS_MAX = 300  # compared with each other
SUGGESTED_MAX = 5
ALIKE = 0.5  # from this score on; see tests/community/test_questions_similar.py

_EVERY_STOP_WORD = frozenset[str]().union(*STOP_WORDS.values())
_SHORTENED = re.compile(r"['’](?:s|t|re|ll|ve|d|m)\b")  # "what's", "don't"
_WORD = re.compile(r"\w+")
_ENDINGS = ("ing", "ung", "ed", "es", "en", "er", "em", "ly", "e", "s", "t")
_STEM_CHARS_MIN = 3
_TYPO_CHARS_MIN = 6  # of a word in which one wrong letter is a typing error


@dataclass(frozen=True, slots=True)
class _Shape:
    """The parts of a text that are compared."""

    stems: frozenset[str]
    pieces: frozenset[str]
    marks: frozenset[str]  # numbers and single letters: size M is not size L


def alike(texts: Mapping[str, str], language: str | None = None) -> dict[str, list[str]]:
    """Return, for each key of `texts`, the keys of those that ask the same, the most alike first.

    The first TEXTS_MAX are compared, the rest is left out. `language`: whose stop words are left
    out (`en`, `de`); None: both.
    """
    kept = dict(list(texts.items())[:TEXTS_MAX])
    shapes = {key: _shape(text, language) for key, text in kept.items()}
    weights = _weights(shapes)
    return {key: _nearest(key, shapes, weights) for key in shapes}


def _nearest(key: str, shapes: Mapping[str, _Shape], weights: Mapping[str, float]) -> list[str]:
    own = shapes[key]
    scored = [
        (_score(own, shape, weights), other) for other, shape in shapes.items() if other != key
    ]
    near = sorted((-score, other) for score, other in scored if score >= ALIKE)
    return [other for _score, other in near[:SUGGESTED_MAX]]


def _score(a: _Shape, b: _Shape, weights: Mapping[str, float]) -> float:
    """Return how alike two texts are, from 0 to 1."""
    if not a.pieces or not b.pieces or (a.marks and b.marks and a.marks.isdisjoint(b.marks)):
        return 0.0
    pieces = 2 * len(a.pieces & b.pieces) / (len(a.pieces) + len(b.pieces))
    if pieces < ALIKE / 2:
        return 0.0  # the words can't make up for it
    return (_words(a.stems, b.stems, weights) + pieces) / 2


def _words(a: frozenset[str], b: frozenset[str], weights: Mapping[str, float]) -> float:
    """Return the share of the words that both have; a word misspelt in one of them is the same
    word."""
    shared = sum(weights[stem] for stem in a & b)
    both = sum(weights[stem] for stem in a | b)
    left = {stem for stem in b - a if len(stem) >= _TYPO_CHARS_MIN}
    for stem in a - b:
        if len(stem) >= _TYPO_CHARS_MIN:
            twin = next((one for one in left if _is_one_edit(stem, one)), None)
            if twin is not None:
                left.remove(twin)
                shared += min(weights[stem], weights[twin])
                both -= max(weights[stem], weights[twin])
    return shared / both


def _is_one_edit(a: str, b: str) -> bool:
    """Return whether one letter left out, put in or exchanged makes one word of the other."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    at = next((n for n, char in enumerate(a) if char != b[n]), len(a))
    return a[at + (len(a) == len(b)) :] == b[at + 1 :]


def _weights(shapes: Mapping[str, _Shape]) -> dict[str, float]:
    """Return the weight of each word: one that many questions have says little about each."""
    found = Counter(stem for shape in shapes.values() for stem in shape.stems)
    return {stem: 1 + math.log(len(shapes) / count) for stem, count in found.items()}


@lru_cache(maxsize=2048)
def _shape(text: str, language: str | None) -> _Shape:
    folded = unicodedata.normalize("NFKD", _SHORTENED.sub("", text.casefold()))
    words = _WORD.findall("".join(char for char in folded if not unicodedata.combining(char)))
    ignored = STOP_WORDS.get(language or "", _EVERY_STOP_WORD)
    telling = [word for word in words if word not in ignored] or words
    stems = frozenset(_stem(word) for word in telling)
    pieces = frozenset(
        padded[at : at + 3]
        for stem in stems
        for padded in (f" {stem} ",)
        for at in range(len(padded) - 2)
    )
    marks = frozenset(word for word in telling if len(word) == 1 or word.isdigit())
    return _Shape(stems, pieces, marks)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_CHARS_MIN:
            word = word[: -len(ending)]
            break
    # "shipping": "shipp", as "ship"
    return word[:-1] if len(word) > _STEM_CHARS_MIN and word[-1] == word[-2] else word
