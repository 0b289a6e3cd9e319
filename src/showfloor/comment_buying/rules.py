"""Which comment asks for what. Pure decisions.

A comment buys if it is *exactly* a code, alone or after one of the show's words, with a number of
units behind it or not: `ROSE`, `buy rose`, `rose 2`, `ROSE+2`. Case does not count, nor the width
of characters (Unicode NFKC, then case folding). A sentence with a code in it buys nothing.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

WORDS: Final = ("buy", "kaufe")
WORDS_MAX: Final = 10
WORD_CHARS_MAX: Final = 20
CODES_MAX: Final = 100  # of a show
CODE_CHARS_MAX: Final = 20
QUANTITY_MAX: Final = 10  # units by one comment
KEEPS_S: Final = 600
KEEPS_S_MIN: Final = 60
KEEPS_S_MAX: Final = 3600
COMMENT_CHARS_MAX: Final = WORD_CHARS_MAX + CODE_CHARS_MAX + 10  # nothing longer can buy

_CODE: Final = re.compile(r"\w(?:[\w-]*\w)?")
_ASKED: Final = re.compile(r"(?P<code>[^\s+]+)(?:(?: | ?\+ ?)(?P<count>[0-9]{1,2}))?")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Asked[T]:
    """What a comment asks for."""

    code: T
    quantity: int


def fold(text: str) -> str:
    """Return the text as it is compared: without case, width and surplus space."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _SPACE.sub(" ", folded).strip()


def asked[T](text: str, codes: Mapping[str, T], words: Collection[str]) -> Asked[T] | None:
    """Return what a comment asks for, None for one that is talk. `codes` and `words` are folded; of
    two words the longer one counts."""
    if len(text) > COMMENT_CHARS_MAX:
        return None
    folded = fold(text)
    for word in sorted(words, key=len, reverse=True):
        if folded.startswith(f"{word} "):
            folded = folded[len(word) + 1 :]
            break
    found = _ASKED.fullmatch(folded)
    if found is None or found["code"] not in codes:
        return None
    quantity = int(found["count"] or 1)
    return Asked(codes[found["code"]], quantity) if quantity else None


def clean_code(code: str, words: Collection[str]) -> str:
    """Return a code without space around it; Invalid unless it is one word of letters, digits, `_`
    and `-` that is none of the folded `words`."""
    clean = unicodedata.normalize("NFC", code).strip()
    folded = fold(clean)
    if len(clean) > CODE_CHARS_MAX or _CODE.fullmatch(folded) is None:
        raise Invalid(
            _("A code is one word of letters and digits, at most %(count)d characters.")
            % {"count": CODE_CHARS_MAX},
            field="codes",
        )
    if folded in words:
        raise Invalid(_("%(code)s is one of the words.") % {"code": clean}, field="codes")
    return clean


def clean_words(words: Sequence[str]) -> list[str]:
    """Return folded words, each once; Invalid for too many, or one that is too long."""
    clean = list(dict.fromkeys(folded for one in words if (folded := fold(one))))
    if len(clean) > WORDS_MAX or any(
        len(one) > WORD_CHARS_MAX or not one.replace(" ", "").isalpha() for one in clean
    ):
        raise Invalid(
            _("Give at most %(count)d words of letters.") % {"count": WORDS_MAX}, field="words"
        )
    return clean


def check_keeps(keeps_s: int) -> None:
    """Raise Invalid unless comments can keep goods for so many seconds."""
    if not KEEPS_S_MIN <= keeps_s <= KEEPS_S_MAX:
        raise Invalid(
            _("Goods are kept for %(least)d to %(most)d seconds.")
            % {"least": KEEPS_S_MIN, "most": KEEPS_S_MAX},
            field="keeps_s",
        )
