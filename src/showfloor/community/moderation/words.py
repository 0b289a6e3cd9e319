"""Finding words of a list in what people write, also where they are disguised, and not where they
are only part of another word.

A rule's word is found whole. `*` stands for any letters: `fuck*` is found in `fucking`, but `ass`
is not found in `assess`. With `catches_variants` it is also found with other letters that look
alike (`folding`), with digits and signs for letters, with letters repeated, masked (`f**k`), or set
apart (`f.u.c.k`, `f u c k`). Where spaces set apart, they have to do so with every letter, or `the
pen is` would say something else.

The text is cut into words first, and each is looked up: the cost does not grow with the number of
rules, and there is no pattern that takes long. Standard library only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from showfloor.community.moderation.folding import CANONICAL, LEET, Letter, fold, fold_plain
from showfloor.community.moderation.readings import (
    RUN_MAX,
    Candidate,
    candidate,
    candidates,
    has_letters,
    single_letter,
)

RULES_MAX = 2000  # of a brand
PATTERN_CHARS_MAX = 80
MATCHES_MAX = 50  # in one text
_STAR = ""  # an element that stands for any letters
_MASKS = "*#"
_CHUNK = re.compile(r"\S+")
_KNOWN_CHARS_MAX, _KNOWN_MAX = 32, 10_000
_DEPTH_MAX = 12  # letters of a key in a tree: what is looked up is looked at anyway
_VOWELS = frozenset("aeiouy")
_SHORT = 4  # below it, a doubled vowel makes another word: `god`, `good`
# Scripts that are written without spaces: their words are found anywhere.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF),
             (0x3400, 0x9FFF), (0x20000, 0x3FFFF))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """`action`: block, hold, replace, flag."""

    id: str
    pattern: str
    action: str
    replacement: str = ""
    catches_variants: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """`text[start:end]` is what the rule's pattern was found in."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a pattern. `elements`: `_STAR`, or a letter and how often it stands there."""

    elements: tuple[tuple[str, int], ...]
    letters: str  # without stars
    is_loose: bool  # with variants

    @property
    def has_star(self) -> bool:
        return any(char == _STAR for char, _count in self.elements)

    @property
    def longest(self) -> str:
        """The longest part without a star."""
        parts, part = [], ""
        for char, count in (*self.elements, (_STAR, 0)):
            if char == _STAR:
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
            states = self._after_star(states, word) if char == _STAR else self._after_run(
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
        doubled = length == 2 and char in _VOWELS and len(self.letters) >= _SHORT
        return length >= RUN_MAX or doubled


@dataclass(slots=True)
class _Node:
    """Of a tree of keys; `ends`: what has its key here."""

    next: "dict[str, _Node]" = field(default_factory=dict)
    ends: list[tuple[_Word, Rule]] = field(default_factory=list)


class _Tree:
    """Finds keys that begin at a place, by their first letters."""

    def __init__(self, depth: int) -> None:
        self.root = _Node()
        self._depth = depth

    def add(self, key: str, word: _Word, rule: Rule) -> None:
        node = self.root
        for char in key[: self._depth]:
            node = node.next.setdefault(char, _Node())
        node.ends.append((word, rule))

    def at(self, key: str, start: int) -> Iterator[tuple[int, _Word, Rule]]:
        """Each that begins at `start`, with the place where it ends."""
        node = self.root
        for place in range(start, len(key)):
            found = node.next.get(key[place])
            if found is None:
                return
            node = found
            for word, rule in node.ends:
                yield place + 1, word, rule


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What was found in a run of characters without a space; places count from its beginning.
    `tokens`: its words, for phrases; `single`: its letter, if it has one alone; `is_blank`: it has
    none."""

    matches: tuple[Match, ...]
    tokens: tuple[Candidate, ...]
    single: Letter | None
    is_blank: bool


class _Index:
    """Rules of one strictness, to be looked up by the words of a text."""

    def __init__(self, rules: Sequence[Rule], language: str, *, loose: bool) -> None:
        self._language, self._loose = language, loose
        self._whole: dict[str, list[tuple[_Word, Rule]]] = {}
        self._masked: dict[tuple[str, str, int], list[tuple[_Word, Rule]]] = {}
        self._starred = _Tree(_DEPTH_MAX)
        self._spelt = _Tree(PATTERN_CHARS_MAX)  # whole words again, for letters that are set apart
        self._phrases: dict[str, list[tuple[int, list[_Word], Rule]]] = {}
        self._signs: list[tuple[str, Rule]] = []
        self._known: dict[str, _Chunk] = {}
        for rule in rules:
            self._add(rule)

    def _fold(self, text: str) -> list[Letter]:
        return fold(text, self._language) if self._loose else fold_plain(text)

    def _add(self, rule: Rule) -> None:
        folded = "".join(letter.char for letter in self._fold(rule.pattern))
        words = [word for part in folded.split() if (word := _word(part, loose=self._loose))]
        if not words:
            if sign := "".join(folded.replace("*", "").split()):
                self._signs.append((sign, rule))
        elif len(words) > 1:
            first = next((n for n, word in enumerate(words) if not word.has_star), None)
            if first is not None:
                key = _key(words[first].letters, loose=self._loose)
                self._phrases.setdefault(key, []).append((first, words, rule))
        elif words[0].has_star:
            self._starred.add(_key(words[0].longest, loose=self._loose), words[0], rule)
        else:
            self._add_whole(words[0], rule)

    def _add_whole(self, word: _Word, rule: Rule) -> None:
        key, letters = _key(word.letters, loose=self._loose), word.letters
        self._whole.setdefault(key, []).append((word, rule))
        if self._loose:
            self._spelt.add(key, word, rule)
            ends = (letters[0], letters[-1], len(letters))
            self._masked.setdefault(ends, []).append((word, rule))

    def find(self, text: str) -> Iterator[Match]:
        chunks = [(part.start(), self._chunk(part.group())) for part in _CHUNK.finditer(text)]
        for at, chunk in chunks:
            for match in chunk.matches:
                yield Match(match.rule, at + match.start, at + match.end)
        if self._loose:
            yield from self._of_spelling(chunks)
        if self._phrases:
            yield from self._of_phrases(chunks)

    def _chunk(self, typed: str) -> _Chunk:
        """What there is to know of one run of characters without a space. People use the same
        words again and again: most are known already."""
        known = self._known.get(typed)
        if known is None:
            known = self._look_at(typed)
            if len(typed) <= _KNOWN_CHARS_MAX:
                if len(self._known) >= _KNOWN_MAX:
                    self._known.clear()
                self._known[typed] = known
        return known

    def _look_at(self, typed: str) -> _Chunk:
        letters = self._fold(typed)
        matches: dict[tuple[str, int, int], Match] = {}
        for match in self._within(letters):
            matches.setdefault((match.rule.id, match.start, match.end), match)
        tokens: tuple[Candidate, ...] = ()
        if self._phrases:
            pieces = groupby(letters, key=lambda letter: letter.is_word)
            tokens = tuple(candidate(list(piece)) for is_word, piece in pieces if is_word)
        single = single_letter(letters) if self._loose else None
        found = tuple(matches.values())[:MATCHES_MAX]
        return _Chunk(found, tokens, single, not has_letters(letters))

    def _within(self, letters: list[Letter]) -> Iterator[Match]:
        for reading in candidates(letters, loose=self._loose):
            yield from self._of_word(reading)
        if self._loose and any(letter.char in _MASKS for letter in letters):
            yield from self._of_mask(letters)
        if self._signs:
            yield from self._of_signs(letters)

    def _of_word(self, one: Candidate) -> Iterator[Match]:
        key = _key(one.chars, loose=self._loose)
        for word, rule in self._whole.get(key, ()):
            if word.fits(one.chars):
                yield Match(rule, one.start, one.end)
        if not one.is_whole or not self._starred.root.next:
            return
        seen: set[int] = set()
        for start in range(len(key)):
            for _end, word, rule in self._starred.at(key, start):
                if id(rule) in seen:
                    continue
                seen.add(id(rule))
                # The tree knows only the beginning, and `fits` is slower than to look.
                if _key(word.longest, loose=self._loose) in key and word.fits(one.chars):
                    yield Match(rule, one.start, one.end)

    def _of_mask(self, chunk: list[Letter]) -> Iterator[Match]:
        """`f**k`: as long, with the same letters at both ends, half of them to be seen."""
        shown = [one for one in chunk if one.is_word or one.char in _MASKS]
        while shown and shown[0].char in _MASKS:
            shown.pop(0)
        while shown and shown[-1].char in _MASKS:
            shown.pop()
        if not shown:
            return
        ends = (shown[0].char, shown[-1].char, len(shown))
        hidden = sum(one.char in _MASKS for one in shown)
        if not hidden or hidden * 2 > len(shown):
            return
        for word, rule in self._masked.get(ends, ()):
            if all(
                one.char in _MASKS or one.char == char
                for one, char in zip(shown, word.letters, strict=True)
            ):
                yield Match(rule, shown[0].at, shown[-1].at + 1)

    def _of_spelling(self, chunks: Sequence[tuple[int, _Chunk]]) -> Iterator[Match]:
        """`f u c k`: letters that stand alone, three at least."""
        lettered = [chunk for chunk in chunks if not chunk[1].is_blank]
        for alone, group in groupby(lettered, key=lambda chunk: chunk[1].single is not None):
            letters = [
                (at + chunk.single.at, chunk.single.char)
                for at, chunk in (group if alone else ())
                if chunk.single is not None
            ]
            if len(letters) >= 3:
                yield from self._spelt_in(letters)

    def _spelt_in(self, letters: list[tuple[int, str]]) -> Iterator[Match]:
        chars = "".join(char for _at, char in letters)
        key, places = _key_with_places(chars)
        for start in range(len(key)):
            for end, word, rule in self._spelt.at(key, start):
                first, last = places[start], places[end] if end < len(key) else len(chars)
                if last - first >= 3 and word.fits(chars[first:last]):
                    yield Match(rule, letters[first][0], letters[last - 1][0] + 1)

    def _of_phrases(self, chunks: Sequence[tuple[int, _Chunk]]) -> Iterator[Match]:
        tokens = [(at, token) for at, chunk in chunks for token in chunk.tokens]
        for place, (_at, token) in enumerate(tokens):
            for offset, words, rule in self._phrases.get(_key(token.chars, loose=self._loose), ()):
                start = place - offset
                said = tokens[max(0, start) : start + len(words)]
                if start >= 0 and len(said) == len(words) and all(
                    word.fits(one.chars) for word, (_at, one) in zip(words, said, strict=True)
                ):  # fmt: skip
                    (first, head), (last, tail) = said[0], said[-1]
                    yield Match(rule, first + head.start, last + tail.end)

    def _of_signs(self, letters: list[Letter]) -> Iterator[Match]:
        chars = "".join(letter.char for letter in letters)
        for sign, rule in self._signs:
            place = chars.find(sign)
            if place >= 0:
                yield Match(rule, letters[place].at, letters[place + len(sign) - 1].at + 1)


class Matcher:
    """The rules that hold for texts of one language."""

    def __init__(self, rules: Sequence[Rule], language: str = "") -> None:
        self._indexes = [
            _Index(
                [rule for rule in rules if rule.catches_variants is loose], language, loose=loose
            )
            for loose in (True, False)
            if any(rule.catches_variants is loose for rule in rules)
        ]

    def find(self, text: str) -> list[Match]:
        """Where rules are found, in order, each place of a rule once; at most MATCHES_MAX."""
        found: dict[tuple[str, int, int], Match] = {}
        for index in self._indexes:
            for match in index.find(text):
                found.setdefault((match.rule.id, match.start, match.end), match)
                if len(found) >= MATCHES_MAX:
                    break
        return sorted(found.values(), key=lambda match: (match.start, match.end))


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a pattern: `empty`, `short`, `stars`; None when it can be used."""
    words = pattern.split()
    if not pattern.replace("*", "").strip():
        return "empty"
    starred = [word for word in words if "*" in word]
    if any(len(word.replace("*", "")) < 2 for word in starred):
        return "short"  # `a*` would be nearly everything
    return "stars" if len(words) > 1 and len(starred) == len(words) else None


def replaced(text: str, matches: Sequence[Match], mark: str = "***") -> str:
    """The text with what was found replaced; of places that overlap the first counts."""
    parts, place = [], 0
    for match in matches:
        if match.start >= place:
            parts += [text[place : match.start], match.rule.replacement or mark]
            place = match.end
    return "".join([*parts, text[place:]])


def _word(part: str, *, loose: bool) -> _Word | None:
    """A word of a pattern; None if there is no letter in it."""
    kept = "".join(char for char in part if char == "*" or char.isalnum() or char in LEET)
    letters = kept.replace("*", "")
    if not any(char.isalnum() for char in letters):
        return None
    elements: list[tuple[str, int]] = []
    for char, run in groupby(kept):
        elements.append((_STAR, 0) if char == "*" else (char, len(list(run))))
    if any(low <= ord(char) <= high for char in letters for low, high in _UNSPACED):
        elements = [(_STAR, 0), *elements, (_STAR, 0)]
    if loose:
        elements = [(char, min(count, RUN_MAX)) for char, count in elements]
    return _Word(tuple(elements), letters, loose)


def _key(chars: str, *, loose: bool) -> str:
    return _key_with_places(chars)[0] if loose else chars


def _key_with_places(chars: str) -> tuple[str, list[int]]:
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
