"""Folding of text to what a reader sees: the same for `Fuck`, for `fück`, with full-width letters,
with a Cyrillic с, with a character between that draws nothing, and for 🇫🇺🇨🇰.

Folded letters keep the place of the character they came from, so that it can be replaced. The
characters that read as Latin letters are in `lookalikes.txt`, which `tools/lookalikes.py` makes.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from showfloor.community.textfilter.cleaning import DRAWS_NOTHING

# Letters that look Latin in a word with Latin letters, and whose other case looks different. In a
# Greek word capitals and small letters have to stay the same, and so do σ and ς.
_AMONG_LATIN = str.maketrans("ΗΜΝΥςŦ", "HMNYcF")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_LETTER_EMOJI = (0x1F1E6, 0x1F150, 0x1F170)  # regional indicators, letters in black circles, boxes
_LOOKALIKES = {
    char: latin
    for line in Path(__file__).with_name("lookalikes.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
    for latin, chars in [line.split()]
    for char in chars
}
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))

# In these languages a letter with such a mark is a letter of its own: `schwül` is no spelling of
# `schwul`. It is folded to what people type without that key.
_OWN_LETTERS = {
    "de": {"ä": "ae", "ö": "oe", "ü": "ue"},
    "sv": {"å": "aa", "ä": "ae", "ö": "oe"},
    "fi": {"ä": "ae", "ö": "oe"},
    "da": {"å": "aa", "ø": "oe", "æ": "ae"},
    "nb": {"å": "aa", "ø": "oe", "æ": "ae"},
}
FOLDINGS = ("", *_OWN_LETTERS)  # ways to fold, by language; empty: a mark is only an accent
_ALL = frozenset(FOLDINGS)
_DIFFERING = frozenset("äåæöøüÄÅÆÖØÜ")

# Digits and signs that stand for letters.
LEET = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b",
    "9": "g", "@": "a", "$": "s", "!": "i", "|": "il", "+": "t", "€": "e", "£": "l", "§": "s",
    "¡": "i",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """One folded character and the place, in the text, of the one that it came from."""

    char: str
    at: int

    @property
    def is_word(self) -> bool:
        return self.char.isalnum()

    @property
    def is_sign(self) -> bool:
        """Whether it reads as a letter and is none: it may as well be punctuation."""
        return self.char in LEET and not self.char.isalnum()


def fold(text: str, language: str = "") -> list[Letter]:
    """Return the text's characters as they look, without those that draw nothing. `text` is NFC."""
    own = folding_of(language)
    looks = (_look(typed, own) for typed in _among_latin(text))
    return [Letter(char, at) for at, look in enumerate(looks) for char in look]


def _among_latin(text: str) -> str:
    """Return the text with Latin letters for those that look so beside a Latin one."""
    if not text.isascii() and _LATIN.search(text):
        return text.translate(_AMONG_LATIN)
    return text


def folding_of(language: str) -> str:
    """Return the one of FOLDINGS for texts of this language."""
    code = language[:2].lower()
    return code if code in _OWN_LETTERS else ""


def readings(text: str) -> list[tuple[list[Letter], frozenset[str]]]:
    """Return the text as it is folded, with the FOLDINGS that fold it so; that of no language
    first."""
    if _DIFFERING.isdisjoint(text):
        return [(fold(text), _ALL)]
    found: dict[tuple[Letter, ...], set[str]] = {}
    for folding in FOLDINGS:
        found.setdefault(tuple(fold(text, folding)), set()).add(folding)
    return [(list(letters), frozenset(foldings)) for letters, foldings in found.items()]


def fold_text(text: str, language: str = "") -> str:
    """Return the same as one text."""
    own = folding_of(language)
    return "".join([_look(typed, own) for typed in _among_latin(text)])


def fold_plain(text: str) -> list[Letter]:
    """Return the text's characters with upper and lower case alike, and nothing else folded."""
    return [Letter(char, at) for at, typed in enumerate(text) for char in typed.casefold()]


@lru_cache(maxsize=8192)
def _look(typed: str, language: str) -> str:
    """Return one character as the characters it looks like; an empty text for one that draws
    nothing."""
    if typed in DRAWS_NOTHING or typed in _SKIN_TONES:
        return ""
    for first in _LETTER_EMOJI:
        if first <= ord(typed) < first + 26:
            return chr(ord("a") + ord(typed) - first)
    own = _OWN_LETTERS.get(language, {})
    folded = []
    for char in unicodedata.normalize("NFKC", typed).casefold():
        if char in own:
            folded.append(own[char])
            continue
        if char.isspace():
            folded.append(" ")
            continue
        for part in unicodedata.normalize("NFKD", char):
            if unicodedata.category(part) not in {"Mn", "Me", "Cf", "Cc"}:
                folded.append(_LOOKALIKES.get(part, part))  # noqa: PERF401
    return "".join(folded)


def _canonical(char: str) -> str:
    """Return one letter for all letters that a sign may stand for."""
    letter = LEET.get(char, char)[0]
    return "i" if letter == "l" else letter


CANONICAL = {char: _canonical(char) for char in (*LEET, "l")}
