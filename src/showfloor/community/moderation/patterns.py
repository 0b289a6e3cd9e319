"""The words that a rule's pattern is made of, and what each may be written as. Pure decisions."""

from dataclasses import dataclass
from itertools import groupby

from showfloor.community.moderation.folding import CANONICAL, LEET
from showfloor.community.moderation.readings import RUN_MAX

PATTERN_CHARS_MAX = 80
SHORT = 4  # below it, a doubled vowel makes another word: `god`, `good`
STAR = ""  # an element that stands for any letters
_VOWELS = frozenset("aeiouy")
# Scripts that are written without spaces: their words are found anywhere.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF),
             (0x3400, 0x9FFF), (0x20000, 0x3FFFF))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a pattern. `elements`: `STAR`, or a letter and how often it stands there."""

    elements: tuple[tuple[str, int], ...]
    letters: str  # without stars
    is_loose: bool  # with variants

    @property
    def has_star(self) -> bool:
        return any(char == STAR for char, _count in self.elements)

    @property
    def longest(self) -> str:
        """The longest part without a star."""
        parts, part = [], ""
        for char, count in (*self.elements, (STAR, 0)):
            if char == STAR:
                parts.append(part)
                part = ""
            part += char * count
        return max(parts, key=len)

    def fits(self, word: str) -> bool:
        """Whether it is this word; something of it has to stand for itself."""
        if len(word) < sum(count for _char, count in self.elements):
            return False
        states = {0: False}  # place in `word` → whether a letter stood for itself
        for char, count in self.elements:
            states = self._after_star(states, word) if char == STAR else self._after_run(
                states, word, char, count
            )  # fmt: skip
            if not states:
                return False
        return states.get(len(word), False)

    @staticmethod
    def _after_star(states: dict[int, bool], word: str) -> dict[int, bool]:
        after: dict[int, bool] = {}
        literal = False
        for place in range(min(states), len(word) + 1):
            literal = literal or states.get(place, False)
            after[place] = literal
        return after

    def _after_run(
        self, states: dict[int, bool], word: str, char: str, count: int
    ) -> dict[int, bool]:
        after: dict[int, bool] = {}
        for place, was_literal in states.items():
            literal, length = was_literal, 0
            while place + length < len(word) and self._reads_as(word[place + length], char):
                literal = literal or word[place + length] == char
                length += 1
                if self._is_run(char, count, length):
                    after[place + length] = after.get(place + length, False) or literal
        return after

    def _reads_as(self, seen: str, char: str) -> bool:
        return seen == char or (self.is_loose and char in LEET.get(seen, ""))

    def _is_run(self, char: str, count: int, length: int) -> bool:
        """Whether a letter that should stand `count` times may stand `length` times."""
        if length == count:
            return True
        if not self.is_loose or length < count:
            return False
        doubled = length == 2 and char in _VOWELS and len(self.letters) >= SHORT
        return length >= RUN_MAX or doubled


def word_of(part: str, *, loose: bool) -> Word | None:
    """A word of a pattern; None if there is no letter in it."""
    kept = "".join(char for char in part if char == "*" or char.isalnum() or char in LEET)
    letters = kept.replace("*", "")
    if not any(char.isalnum() for char in letters):
        return None
    elements: list[tuple[str, int]] = []
    for char, run in groupby(kept):
        elements.append((STAR, 0) if char == "*" else (char, len(list(run))))
    if any(low <= ord(char) <= high for char in letters for low, high in _UNSPACED):
        elements = [(STAR, 0), *elements, (STAR, 0)]
    if loose:
        elements = [(char, min(count, RUN_MAX)) for char, count in elements]
    return Word(tuple(elements), letters, loose)


def key_of(chars: str, *, loose: bool) -> str:
    return key_with_places(chars)[0] if loose else chars


def key_with_places(chars: str) -> tuple[str, list[int]]:
    """What disguises of a word have in common, and where each part of it begins."""
    key: list[str] = []
    places: list[int] = []
    last = ""
    for place, char in enumerate(chars):
        common = CANONICAL.get(char, char)
        if common != last:
            key.append(common)
            places.append(place)
            last = common
    return "".join(key), places


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a pattern: `empty`, `short`, `stars`; None when it can be used."""
    words = pattern.split()
    if not pattern.replace("*", "").strip():
        return "empty"
    starred = [word for word in words if "*" in word]
    if any(len(word.replace("*", "")) < 2 for word in starred):
        return "short"  # `a*` would be nearly everything
    return "stars" if len(words) > 1 and len(starred) == len(words) else None
