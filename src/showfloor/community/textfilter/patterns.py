"""The words of a rule's pattern, and the spellings of each. Pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from showfloor.community.textfilter.folding import CANONICAL, LEET
from showfloor.community.textfilter.readings import RUN_MAX

PATTERN_CHARS_MAX = 80
SHORT = 4  # below it, a doubled vowel makes another word: `god`, `good`
STAR = ""  # an element that stands for any letters
STARS_MAX = 4  # of one word, as `*mother*fuck*er*`; more stars say less and cost more
_VOWELS = frozenset("aeiouy")
_SIGNS_FOR = {
    letter: tuple(sign for sign, letters in LEET.items() if letter in letters)
    for letter in {letter for letters in LEET.values() for letter in letters}
}
# Scripts that are written without spaces: their words are found anywhere.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF),
             (0x3400, 0x9FFF), (0x20000, 0x3FFFF))  # fmt: skip


class TypedWord:
    """A word as somebody typed it, laid out for comparison with many patterns: sets of places are
    integers with a bit for each, so that a comparison is linear in the pattern."""

    __slots__ = ("_exact", "chars")

    def __init__(self, chars: str) -> None:
        self.chars = chars
        self._exact: dict[str, int] = {}
        for place, char in enumerate(chars):
            self._exact[char] = self._exact.get(char, 0) | 1 << place

    def exactly(self, char: str) -> int:
        """Return the places where this letter stands."""
        return self._exact.get(char, 0)

    def reading_as(self, char: str) -> int:
        """Return the places where this letter stands, or a digit or sign that stands for it."""
        places = self._exact.get(char, 0)
        for sign in _SIGNS_FOR.get(char, ()):
            places |= self._exact.get(sign, 0)
        return places

    def from_first(self, places: int) -> int:
        """Return the first of these places and all after it, the end of the word included."""
        return (1 << len(self.chars) + 1) - (places & -places) if places else 0


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a pattern. `elements`: `STAR`, or a letter and how often it stands there;
    `pieces`: the keys of its parts between stars."""

    elements: tuple[tuple[str, int], ...]
    letters: str  # without stars
    is_loose: bool  # with variants
    pieces: tuple[str, ...]

    @property
    def has_star(self) -> bool:
        return any(char == STAR for char, _count in self.elements)

    def may_fit(self, key: str) -> bool:
        """Return whether the pieces stand in a word's key, in their order: cheap, and seldom wrong.
        A repeated letter is one letter of a key, so that two pieces may share one."""
        place = 0
        for piece in self.pieces:
            found = key.find(piece, place)
            if found < 0:
                return False
            place = found + len(piece) - 1
        return True

    def fits(self, word: TypedWord) -> bool:
        """Return whether the typed word is this one; at least one of its letters has to stand for
        itself."""
        reached, literal = 1, 0  # places reached; those reached with a letter that is itself
        for char, count in self.elements:
            if char == STAR:
                reached, literal = word.from_first(reached), word.from_first(literal)
            else:
                reached, literal = self._after_run(word, reached, literal, (char, count))
            if not reached:
                return False
        return bool(literal >> len(word.chars) & 1)

    def _after_run(
        self, word: TypedWord, reached: int, literal: int, run: tuple[str, int]
    ) -> tuple[int, int]:
        char, count = run
        exact = word.exactly(char)
        reading = word.reading_as(char) if self.is_loose else exact
        after = literal_after = 0
        # Letters repeat `ALIKE_MAX` times at most in what is compared: these are few steps.
        for length in range(1, (len(word.chars) if self.is_loose else count) + 1):
            literal = (literal & reading | reached & exact) << 1
            reached = (reached & reading) << 1
            if not reached:
                break
            if self._is_run(char, count, length):
                after, literal_after = after | reached, literal_after | literal
        return after, literal_after

    def _is_run(self, char: str, count: int, length: int) -> bool:
        """Return whether a letter that should stand `count` times may stand `length` times."""
        if length == count:
            return True
        if not self.is_loose or length < count:
            return False
        doubled = length == 2 and char in _VOWELS and len(self.letters) >= SHORT
        return length >= RUN_MAX or doubled


def word_of(part: str, *, loose: bool) -> Word | None:
    """Return a word of a pattern; None if there is no letter in it."""
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
    return Word(tuple(elements), letters, loose, _pieces(elements, loose=loose))


def _pieces(elements: Sequence[tuple[str, int]], *, loose: bool) -> tuple[str, ...]:
    parts = [
        "".join(char * count for char, count in part)
        for is_star, part in groupby(elements, key=lambda element: element[0] == STAR)
        if not is_star
    ]
    return tuple(key_of(part, loose=loose) for part in parts)


def key_of(chars: str, *, loose: bool) -> str:
    return key_with_places(chars)[0] if loose else chars


def key_with_places(chars: str) -> tuple[str, list[int]]:
    """Return the key that all disguises of a word have in common, and where each part of it
    begins."""
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
    """Return the fault of a pattern: `empty`, `short`, `stars` (a phrase of nothing else),
    `many-stars` (in one word); None when it can be used."""
    words = pattern.split()
    if not pattern.replace("*", "").strip():
        return "empty"
    starred = [word for word in words if "*" in word]
    if any(len(word.replace("*", "")) < 2 for word in starred):
        return "short"  # `a*` would be nearly everything
    if any(
        sum(is_star for is_star, _run in groupby(word, "*".__eq__)) > STARS_MAX for word in words
    ):
        return "many-stars"
    return "stars" if len(words) > 1 and len(starred) == len(words) else None
