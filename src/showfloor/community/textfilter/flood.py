"""Floods of characters: texts that fill the screen and say nothing. Pure decisions."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache

_MARKS_IN_A_ROW_MAX = 4  # Hebrew and Arabic have three on a letter at most
_MARKS_MIN = 12
_CAPS_SHARE = 0.8
_WORDS_SHARE = 0.7
_JOINER = "\u200d"
_FIRST_MARK = "\u0300"  # no character before it is a mark


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """The sizes at which a text becomes a flood; `halved` is for an attack."""

    run_max: int = 24  # one character in a row
    words_max: int = 12  # of which most are the same
    caps_max: int = 24  # letters, if nearly all are capitals
    emoji_max: int = 16

    @property
    def halved(self) -> "FloodLimits":
        return FloodLimits(
            self.run_max // 2, self.words_max // 2, self.caps_max // 2, self.emoji_max // 2
        )


def flood(text: str, limits: FloodLimits) -> str | None:
    """Return the kind of flood (`zalgo`, `repeats`, `caps`, `emoji`), or None."""
    if max(text, default="") >= _FIRST_MARK and _paints_over(text):
        return "zalgo"
    folded = text.casefold()
    if _longer_run(limits.run_max).search(folded) or _says_one_word(folded, limits.words_max):
        return "repeats"
    if _shouts(text, limits.caps_max):
        return "caps"
    # A picture is at least one character that is not ASCII.
    may_be_many = len(text) > limits.emoji_max and not text.isascii()
    return "emoji" if may_be_many and _emoji_count(text) > limits.emoji_max else None


@cache
def _longer_run(run_max: int) -> re.Pattern[str]:
    """Return the pattern of a run of one character with more than `run_max` of it."""
    return re.compile(rf"(.)\1{{{run_max}}}", re.DOTALL)


def _emoji_count(text: str) -> int:
    """Return how many pictures are drawn: a joined family or a flag is one."""
    count, joined, flag_half = 0, False, False
    for char in text:
        if char == _JOINER:
            joined = True
            continue
        if _is_flag_half(char):
            count += not flag_half
            flag_half = not flag_half
        elif _is_picture(char):
            count += not joined
            flag_half = False
        joined = False
    return count


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_picture(char: str) -> bool:
    code = ord(char)
    if 0x1F3FB <= code <= 0x1F3FF:  # a skin tone of the one before
        return False
    return 0x1F000 <= code <= 0x1FAFF or 0x2600 <= code <= 0x27BF or 0x2B00 <= code <= 0x2BFF


def _paints_over(text: str) -> bool:
    """Return whether marks are piled up on letters so that they cover the lines above and below."""
    marks, row = 0, 0
    for char in text:
        # U+FE0F only asks for the coloured form of the sign before it.
        is_mark = unicodedata.category(char) in {"Mn", "Me"} and char != "\ufe0f"
        row = row + 1 if is_mark else 0
        marks += is_mark
        if row > _MARKS_IN_A_ROW_MAX:
            return True
    return marks >= _MARKS_MIN and marks * 2 >= len(text)


def _says_one_word(folded: str, words_max: int) -> bool:
    words = folded.split()
    if len(words) <= words_max:
        return False
    return Counter(words).most_common(1)[0][1] > len(words) * _WORDS_SHARE


def _shouts(text: str, caps_max: int) -> bool:
    upper = sum(map(str.isupper, text))
    if upper < caps_max * _CAPS_SHARE:
        return False
    cased = upper + sum(map(str.islower, text))
    return cased > caps_max and upper >= cased * _CAPS_SHARE
