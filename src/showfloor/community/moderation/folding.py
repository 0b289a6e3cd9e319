"""What a text looks like to a reader: the same for `Fuck`, for `fück`, with full-width letters,
with a Cyrillic с, with a character between that draws nothing, and for 🇫🇺🇨🇰.

Folded letters keep the place of the character they came from, so that it can be replaced.
Standard library only.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Letters of other scripts that read as Latin ones (the common part of Unicode TR 39).
_LOOKALIKES = str.maketrans(
    "авекмнорстухгьшзѕіјԛԝԁһӏѵ" "αβγεζηικμνοπρτυχω" "ıłøđħɡƒɑɩʟɪʀɴʜ" "օսոց",
    "abekmhopctyxrbwesijqwdhlv" "abyeznikuvonptuxw" "ilodhgfailirnh" "oung",
)  # fmt: skip
_LIGATURES = {"æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
_LETTER_EMOJI = (0x1F1E6, 0x1F150, 0x1F170)  # regional indicators, letters in black circles, boxes
_DRAW_NOTHING = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))

# In these languages a letter with such a mark is another letter: `schwül` is no spelling of
# `schwul`. It is folded to what people type without that key.
_OWN_LETTERS = {
    "de": {"ä": "ae", "ö": "oe", "ü": "ue"},
    "sv": {"å": "aa", "ä": "ae", "ö": "oe"},
    "fi": {"ä": "ae", "ö": "oe"},
    "da": {"å": "aa", "ø": "oe", "æ": "ae"},
    "nb": {"å": "aa", "ø": "oe", "æ": "ae"},
}

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
        """Reads as a letter, but is none: may as well be punctuation."""
        return self.char in LEET and not self.char.isalnum()


def fold(text: str, language: str = "") -> list[Letter]:
    """The text's characters as they look, without those that draw nothing. `text` is NFC."""
    own = language[:2].lower()
    return [Letter(char, at) for at, typed in enumerate(text) for char in _look(typed, own)]


def fold_text(text: str, language: str = "") -> str:
    return "".join(letter.char for letter in fold(text, language))


def fold_plain(text: str) -> list[Letter]:
    """Only upper and lower case are the same."""
    return [Letter(char, at) for at, typed in enumerate(text) for char in typed.casefold()]


@lru_cache(maxsize=8192)
def _look(typed: str, language: str) -> str:
    """One character as the characters it looks like; empty for one that draws nothing."""
    if typed in _DRAW_NOTHING or typed in _SKIN_TONES:
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
                folded.append(_LIGATURES.get(part, part.translate(_LOOKALIKES)))  # noqa: PERF401
    return "".join(folded)


def _canonical(char: str) -> str:
    """The same for letters that a sign may stand for."""
    letter = LEET.get(char, char)[0]
    return "i" if letter == "l" else letter


CANONICAL = {char: _canonical(char) for char in (*LEET, "l")}
