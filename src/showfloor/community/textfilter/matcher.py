"""Search for the words of a list in a text, also where they are disguised, and not where they are
only part of another word.

A rule's word is found whole. `*` stands for any letters: `fuck*` is found in `fucking`, but `ass`
is not found in `assess`. With `catches_variants` it is also found with other letters that look
alike (`folding`), with digits and signs for letters, with letters repeated, masked (`f**k`), or set
apart (`f.u.c.k`, `f u c k`), or with a space in it (`fu ck`) if no part is a word that every text
has: `the pen is` says something else.

A rule's language says which letters are its own (`schwül` is no `schwul` in German); a rule without
one is looked for in every way. The writer's language does not matter: people write as they like.

The text is cut into words first, and each is looked up: the cost does not grow with the number of
rules as people write them. Rules and texts made to be nearly equal cost more, and end at a budget
(`match_budget`): the matches found until then count, and `Found.is_complete` is False.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, groupby, islice, takewhile

from showfloor.community.textfilter.folding import (
    FOLDINGS,
    Letter,
    fold_plain,
    fold_text,
    folding_of,
    readings,
)
from showfloor.community.textfilter.match_budget import (
    TEXT_UNITS_MAX,
    BudgetSpent,
    MatchBudget,
    SharedBudget,
)
from showfloor.community.textfilter.patterns import (
    PATTERN_CHARS_MAX,
    SHORT,
    Word,
    key_of,
    key_with_places,
    word_of,
)
from showfloor.community.textfilter.readings import (
    ALIKE_MAX,
    Candidate,
    candidate,
    candidates,
    has_letters,
    single_letter,
)
from showfloor.community.textfilter.stop_words import STOP_WORDS

RULES_MAX = 2000  # of a brand
MATCHES_MAX = 50  # of each action, in one text: many matches of one action hide none of another
TEXTS_KNOWN_MAX = 512  # of a brand: those of a batch that is about to be written
_MASKS = frozenset("*#@$%&!?+_~")
_ONLY_MASKS = frozenset("*#")  # in a short word the others may be meant: `H&M`
_CHUNK = re.compile(r"\S+")
_KNOWN_CHARS_MAX, _KNOWN_MAX = 32, 10_000
_DEPTH_MAX = 12  # letters of a key in a tree; longer keys are compared after they are found
_SPELT_MIN = 3  # letters that stand alone
_PARTS_MAX = 3  # of a word with spaces in it
_COMMON = frozenset[str]().union(*STOP_WORDS.values())
_EVERY = frozenset(FOLDINGS)


@dataclass(frozen=True, slots=True)
class Rule:
    """`action`: block, hold, replace, flag. `language`: whose letters the pattern has; empty: those
    of any."""

    id: str
    pattern: str
    action: str
    replacement: str = ""
    catches_variants: bool = True
    language: str = ""

    def holds_in(self, foldings: frozenset[str]) -> bool:
        """Return whether a text that was folded in one of these ways may have the word."""
        return not self.language or folding_of(self.language) in foldings


@dataclass(frozen=True, slots=True)
class Match:
    """The rule's pattern was found in `text[start:end]`."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """`matches` in the order of their places; `is_complete`: no rule was left out; `units`: the
    cost (`match_budget`)."""

    matches: list[Match]
    is_complete: bool
    units: int


_NOTHING = Found([], is_complete=True, units=0)


class _Collected:
    """Matches, each place of a rule once."""

    def __init__(self) -> None:
        self._matches: dict[tuple[str, int, int], Match] = {}
        self._counts: dict[str, int] = {}

    def add(self, match: Match) -> None:
        key, action = (match.rule.id, match.start, match.end), match.rule.action
        if key not in self._matches and self._counts.get(action, 0) < MATCHES_MAX:
            self._matches[key] = match
            self._counts[action] = self._counts.get(action, 0) + 1

    def matches(self) -> list[Match]:
        return list(self._matches.values())


@dataclass(slots=True)
class _Node:
    """A node of a tree of keys; `ends`: the words whose key ends here."""

    next: "dict[str, _Node]" = field(default_factory=dict)
    ends: list[tuple[Word, Rule]] = field(default_factory=list)


class _Tree:
    """Finds keys that begin at a place, by their first letters."""

    def __init__(self, depth: int) -> None:
        self.root = _Node()
        self._depth = depth

    def add(self, key: str, word: Word, rule: Rule) -> None:
        node = self.root
        for char in key[: self._depth]:
            node = node.next.setdefault(char, _Node())
        node.ends.append((word, rule))

    def at(self, key: str, start: int) -> Iterator[tuple[int, Word, Rule]]:
        """Yield each key that begins at `start`, with the place where it ends."""
        node = self.root
        for place in range(start, len(key)):
            found = node.next.get(key[place])
            if found is None:
                return
            node = found
            for word, rule in node.ends:
                yield place + 1, word, rule


# A word as each folding has it, with its key.
type _Token = tuple[tuple[Candidate, frozenset[str], str], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A possible part of a word with spaces in it. `is_open`: nothing follows its letters."""

    chars: str
    start: int
    end: int
    is_open: bool
    is_upper: bool
    foldings: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The findings in a run of characters without a space; places count from its beginning.
    `tokens`: its words, for phrases; `single`: its letter, if it has one alone; `is_blank`: it has
    none; `part`: its part of a longer word; `begins`: some rule's word begins with that."""

    matches: tuple[Match, ...]
    tokens: tuple[_Token, ...]
    single: Letter | None
    is_blank: bool
    part: _Part | None
    begins: bool


class _Index:
    """Rules of one strictness, looked up by the words of a text."""

    def __init__(self, rules: Sequence[Rule], *, loose: bool) -> None:
        self._loose = loose
        self._whole: dict[str, list[tuple[Word, Rule]]] = {}
        self._masked: dict[tuple[str, str, int], list[tuple[Word, Rule]]] = {}
        self._starred = _Tree(_DEPTH_MAX)
        self._spelt = _Tree(PATTERN_CHARS_MAX)  # whole words again, for letters that are set apart
        self._beginnings: set[str] = set()  # of their keys
        self._phrases: dict[str, list[tuple[int, list[Word], Rule]]] = {}
        self._signs: list[tuple[str, Rule]] = []
        self._known: dict[str, _Chunk] = {}
        for rule in rules:
            for pattern in self._patterns(rule):
                self._add(pattern, rule)

    def _patterns(self, rule: Rule) -> list[str]:
        """Return a rule's pattern folded as its language does, or as any language does."""
        if not self._loose:
            return ["".join(letter.char for letter in fold_plain(rule.pattern))]
        if rule.language:
            return [fold_text(rule.pattern, rule.language)]
        return list(dict.fromkeys(fold_text(rule.pattern, folding) for folding in FOLDINGS))

    def _readings(self, text: str) -> list[tuple[list[Letter], frozenset[str]]]:
        return readings(text) if self._loose else [(fold_plain(text), _EVERY)]

    def _add(self, folded: str, rule: Rule) -> None:
        words = [word for part in folded.split() if (word := word_of(part, loose=self._loose))]
        if not words:
            if sign := "".join(folded.replace("*", "").split()):
                self._signs.append((sign, rule))
        elif len(words) > 1:
            first = next((n for n, word in enumerate(words) if not word.has_star), None)
            if first is not None:
                key = key_of(words[first].letters, loose=self._loose)
                self._phrases.setdefault(key, []).append((first, words, rule))
        elif words[0].has_star:
            self._starred.add(max(words[0].pieces, key=len), words[0], rule)
        else:
            self._add_whole(words[0], rule)

    def _add_whole(self, word: Word, rule: Rule) -> None:
        key, letters = key_of(word.letters, loose=self._loose), word.letters
        self._whole.setdefault(key, []).append((word, rule))
        if self._loose:
            self._spelt.add(key, word, rule)
            ends = (letters[0], letters[-1], len(letters))
            self._masked.setdefault(ends, []).append((word, rule))
            self._beginnings.update(key[:length] for length in range(1, len(key)))

    def find(self, text: str, budget: MatchBudget) -> Iterator[Match]:
        """Yield the matches; raise BudgetSpent after those that were found until then."""
        chunks = []
        single, begins = 0, False
        for typed in _CHUNK.finditer(text):
            at, chunk = typed.start(), self._chunk(typed.group(), budget)
            chunks.append((at, chunk))
            for match in chunk.matches:
                yield Match(match.rule, at + match.start, at + match.end)
            single += chunk.single is not None
            begins = begins or chunk.begins
        if single >= _SPELT_MIN:
            yield from self._of_spelling(chunks, budget)
        if begins:
            yield from self._of_parts(chunks, budget)
        if self._phrases:
            yield from self._of_phrases(chunks, budget)

    def _chunk(self, typed: str, budget: MatchBudget) -> _Chunk:
        """Return the findings in one run of characters without a space. People use the same words
        again and again: most are known already."""
        known = self._known.get(typed)
        if known is None:
            known = self._look_at(typed, budget)
            if len(typed) <= _KNOWN_CHARS_MAX:
                if len(self._known) >= _KNOWN_MAX:
                    self._known.clear()
                self._known[typed] = known
        return known

    def _look_at(self, typed: str, budget: MatchBudget) -> _Chunk:
        collected = _Collected()
        tokens: list[list[tuple[Candidate, frozenset[str], str]]] = []
        ways = self._readings(typed)
        for letters, foldings in ways:
            for match in self._within(letters, budget):
                if match.rule.holds_in(foldings):
                    collected.add(match)
            if self._phrases:
                pieces = groupby(letters, key=lambda letter: letter.is_word)
                words = [candidate(list(piece)) for is_word, piece in pieces if is_word]
                tokens.append(
                    [(word, foldings, key_of(word.chars, loose=self._loose)) for word in words]
                )
        plain, foldings = ways[0]
        part = _part(typed, plain, foldings) if self._loose else None
        return _Chunk(
            tuple(collected.matches()),
            # Folding makes letters of a letter: the words stay as many.
            tuple(zip(*tokens, strict=True)),
            single_letter(plain) if self._loose else None,
            not has_letters(plain),
            part,
            part is not None and part.is_open
            and key_of(part.chars, loose=True) in self._beginnings,
        )  # fmt: skip

    def _within(self, letters: list[Letter], budget: MatchBudget) -> Iterator[Match]:
        for reading in candidates(letters, loose=self._loose):
            yield from self._of_word(reading, budget)
        if self._loose and any(letter.char in _MASKS for letter in letters):
            yield from self._of_mask(letters, budget)
        if self._signs:
            yield from self._of_signs(letters, budget)

    def _of_word(self, one: Candidate, budget: MatchBudget) -> Iterator[Match]:
        key = key_of(one.chars, loose=self._loose)
        for word, rule in self._whole.get(key, ()):
            if budget.fits(word, one.chars):
                yield Match(rule, one.start, one.end)
        if not one.is_whole or not self._starred.root.next:
            return
        seen: set[int] = set()
        for start in range(len(key)):
            for _end, word, rule in self._starred.at(key, start):
                budget.spend(1)
                if id(rule) in seen:
                    continue
                seen.add(id(rule))
                budget.spend(len(word.pieces))
                # The tree knows only a beginning; a look at the pieces is faster than `fits`.
                if word.may_fit(key) and budget.fits(word, one.chars):
                    yield Match(rule, one.start, one.end)

    def _of_mask(self, chunk: list[Letter], budget: MatchBudget) -> Iterator[Match]:
        """Find `f**k`: a word as long, with the same letters at both ends, half of them to be
        seen."""
        shown = [one for one in chunk if one.is_word or one.char in _MASKS]
        while shown and shown[0].char in _MASKS:
            shown.pop(0)
        while shown and shown[-1].char in _MASKS:
            shown.pop()
        if not shown:
            return
        ends = (shown[0].char, shown[-1].char, len(shown))
        hidden = [one.char for one in shown if one.char in _MASKS]
        if not hidden or len(hidden) * 2 > len(shown):
            return
        if len(shown) < SHORT and not _ONLY_MASKS.issuperset(hidden):
            return
        for word, rule in self._masked.get(ends, ()):
            budget.spend(1 + len(shown) // 4)
            if all(
                one.char in _MASKS or one.char == char
                for one, char in zip(shown, word.letters, strict=True)
            ):
                yield Match(rule, shown[0].at, shown[-1].at + 1)

    def _of_spelling(
        self, chunks: Sequence[tuple[int, _Chunk]], budget: MatchBudget
    ) -> Iterator[Match]:
        """Find `f u c k`: letters that stand alone, three at least."""
        lettered = [chunk for chunk in chunks if not chunk[1].is_blank]
        for alone, group in groupby(lettered, key=lambda chunk: chunk[1].single is not None):
            letters = [
                (at + chunk.single.at, chunk.single.char)
                for at, chunk in (group if alone else ())
                if chunk.single is not None
            ]
            if len(letters) >= _SPELT_MIN:
                yield from self._spelt_in(letters, budget)

    def _spelt_in(self, letters: list[tuple[int, str]], budget: MatchBudget) -> Iterator[Match]:
        chars = "".join(char for _at, char in letters)
        key, places = key_with_places(chars)
        for start in range(len(key)):
            for end, word, rule in self._spelt.at(key, start):
                budget.spend(1)
                first, last = places[start], places[end] if end < len(key) else len(chars)
                said = _shortened(chars[first:last])
                if last - first >= _SPELT_MIN and budget.fits(word, said):
                    yield Match(rule, letters[first][0], letters[last - 1][0] + 1)

    def _of_parts(
        self, chunks: Sequence[tuple[int, _Chunk]], budget: MatchBudget
    ) -> Iterator[Match]:
        """Find `fu ck`: a word of four letters or more, in parts of which none is a common word."""
        for place, (at, chunk) in enumerate(chunks):
            if not chunk.begins or chunk.part is None:
                continue
            first, chars, foldings = chunk.part, chunk.part.chars, chunk.part.foldings
            for later_at, later in chunks[place + 1 : place + _PARTS_MAX]:
                part = later.part
                # One capital is an initial: `Ana L`.
                if part is None or (len(part.chars) == 1 and part.is_upper > first.is_upper):
                    break
                chars, foldings = chars + part.chars, foldings & part.foldings
                for word, rule in self._whole.get(key_of(chars, loose=True), ()):
                    if budget.fits(word, chars) and len(chars) >= SHORT and rule.holds_in(foldings):
                        yield Match(rule, at + first.start, later_at + part.end)
                if not part.is_open:
                    break

    def _of_phrases(
        self, chunks: Sequence[tuple[int, _Chunk]], budget: MatchBudget
    ) -> Iterator[Match]:
        tokens = [(at, token) for at, chunk in chunks for token in chunk.tokens]
        for place, (_at, token) in enumerate(tokens):
            found = [one for _said, _foldings, key in token for one in self._phrases.get(key, ())]
            for offset, words, rule in found:
                budget.spend(1)
                start = place - offset
                said = tokens[max(0, start) : start + len(words)]
                if start >= 0 and len(said) == len(words) and all(
                    _is_said(word, rule, token, budget)
                    for word, (_at, token) in zip(words, said, strict=True)
                ):  # fmt: skip
                    (first, head), (last, tail) = said[0], said[-1]
                    yield Match(rule, first + head[0][0].start, last + tail[0][0].end)

    def _of_signs(self, letters: list[Letter], budget: MatchBudget) -> Iterator[Match]:
        chars = "".join(letter.char for letter in letters)
        for sign, rule in self._signs:
            budget.spend(1)
            place = chars.find(sign)
            if place >= 0:
                yield Match(rule, letters[place].at, letters[place + len(sign) - 1].at + 1)


class Matcher:
    """Rules, laid out for the search. `budget`: what all texts may cost together; None: no end."""

    def __init__(self, rules: Sequence[Rule], budget: SharedBudget | None = None) -> None:
        self._indexes = [
            _Index([rule for rule in rules if rule.catches_variants is loose], loose=loose)
            for loose in (True, False)
            if any(rule.catches_variants is loose for rule in rules)
        ]
        self._budget = budget
        self._known: dict[str, Found] = {}

    @property
    def has_rules(self) -> bool:
        return bool(self._indexes)

    def find(self, text: str) -> Found:
        """Return the places where rules are found, each place of a rule once; at most MATCHES_MAX
        of each action. A text that was looked through lately is not looked through again."""
        if not self._indexes:
            return _NOTHING
        known = self._known.get(text)
        if known is None:
            budget = self._budget.grant() if self._budget is not None else MatchBudget()
            granted, known = budget.left, self._look_through(text, budget)
            if self._budget is not None:
                self._budget.charge(known.units)
            # A search that ended because the shared budget was used up is tried again later.
            if known.is_complete or granted == TEXT_UNITS_MAX:
                if len(self._known) >= TEXTS_KNOWN_MAX:
                    self._known.clear()
                self._known[text] = known
        return known

    def _look_through(self, text: str, budget: MatchBudget) -> Found:
        collected, granted, is_complete = _Collected(), budget.left, True
        try:
            for index in self._indexes:
                for match in index.find(text, budget):
                    collected.add(match)
        except BudgetSpent:
            is_complete = False
        matches = sorted(collected.matches(), key=lambda match: (match.start, match.end))
        return Found(matches, is_complete, granted - max(0, budget.left))


def replaced(text: str, matches: Sequence[Match], mark: str = "***") -> str:
    """Return the text with the matches replaced; of places that overlap the first counts."""
    parts, place = [], 0
    for match in matches:
        if match.start >= place:
            parts += [text[place : match.start], match.rule.replacement or mark]
            place = match.end
    return "".join([*parts, text[place:]])


def _part(typed: str, letters: list[Letter], foldings: frozenset[str]) -> _Part | None:
    """Return the part of a longer word that a chunk with one run of letters may be."""
    rest = list(dropwhile(lambda letter: not letter.is_word, letters))
    word = list(takewhile(lambda letter: letter.is_word, rest))
    if not word or any(letter.is_word for letter in rest[len(word) :]):
        return None
    one = candidate(word)
    if one.chars in _COMMON or one.chars.isdigit():
        return None
    return _Part(
        one.chars, one.start, one.end, len(word) == len(rest), typed.isupper(), foldings
    )  # fmt: skip


def _is_said(word: Word, rule: Rule, token: _Token, budget: MatchBudget) -> bool:
    return any(
        budget.fits(word, one.chars) and rule.holds_in(foldings) for one, foldings, _key in token
    )


def _shortened(chars: str) -> str:
    """Return the letters, each repeated ALIKE_MAX times at most: no word has more."""
    return "".join("".join(islice(run, ALIKE_MAX)) for _char, run in groupby(chars))
