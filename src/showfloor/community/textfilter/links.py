"""Links in a text, also those that are written so as not to look like one. Pure decisions.

`tlds-alpha-by-domain.txt` is IANA's list of top-level domains as published, with its date in the
first line (https://data.iana.org/TLD/tlds-alpha-by-domain.txt); replace the file to renew it.
"""

import re
import unicodedata
from pathlib import Path

from showfloor.community.textfilter.cleaning import DRAWS_NOTHING
from showfloor.community.textfilter.folding import fold_text
from showfloor.community.textfilter.stop_words import STOP_WORDS


def _endings() -> frozenset[str]:
    lines = Path(__file__).with_name("tlds-alpha-by-domain.txt").read_text("ascii").split("\n")
    names = [line.lower() for line in lines if line and not line.startswith("#")]
    idn = [name[4:].encode().decode("punycode") for name in names if name.startswith("xn--")]
    return frozenset([*names, *idn])


_ENDINGS = _endings()
# Endings that are no word of a sentence: known also with a blank before them.
_SURE = frozenset(["com", "net", "org", "biz", "xyz", "icu", "ru", "cn", "tk", "gq", "nl", "рф"])
_SPELT = _SURE | {"info", "de", "shop", "store", "gg"}
# Endings that a sentence may begin with, where someone types `nice .so good`.
_OTHER_WORDS = """
ab ac ad ag ai art baby beauty bb best big bin buy ca call cc co cool dance fan fast fit free fun
gal gift god good ha hair here hm hot id je la life live lol love makeup mm music na ne new news ok
ooo open party pm ps sa sale save sexy show skin st style team tv watch win wow yes zero
"""
_WORDS = frozenset(_OTHER_WORDS.split()).union(*STOP_WORDS.values())

# A dot as people write it to get past a filter: `evil(dot)com`, `evil [.] com`, `evil。com`.
_DOTS = re.compile(
    r"\s?[\[({<]\s?(?:d[o0]t|punkt|punto|point|\.)\s?[\])}>]\s?|\\\."
    r"|(?<=[a-z0-9])[。•·∙‧・](?=[a-z])",
    re.IGNORECASE,
)
_SPELT_DOT = re.compile(r"(?<=\w) (?:d[o0]t|punkt|punto) ([^\W\d_]{2,24})\b", re.IGNORECASE)
_PLAINLY = re.compile(
    r"(?<=[a-z])://|\bhttps?:/|\bmailto:|\bwww\.|(?<=\d)(?:\.\d{1,3}){3}(?!\d)", re.IGNORECASE
)
_DOTTED = re.compile(r"(?<=[\w-])(\s{0,2})\.(\s{0,2})(xn--[\w-]+|[^\W\d_]{2,24})(?!\w)(/\w)?")
# A text without one of these has no link; without one of the second, a dot is only a dot.
_HINT = re.compile(r"[.:。•·∙‧・]|d[o0]t|punkt|punto|point", re.IGNORECASE)
_HINT_OF_DOTS = re.compile(r"[\[({<\\。•·∙‧・]")

_SEEN_MAX = 4096  # characters remembered


class _Seen(dict[int, str | None]):
    """Table for `str.translate` that leaves out marks and characters that draw nothing."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        is_hidden = unicodedata.category(char) in {"Cf", "Mn", "Me"} or char in DRAWS_NOTHING
        seen = None if is_hidden else char
        if len(self) < _SEEN_MAX:
            self[code] = seen
        return seen


_SEEN = _Seen()


def has_link(text: str) -> bool:
    """Return whether the text leads elsewhere, also when the dot is written so as to hide it."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_SEEN)
    if not _HINT.search(text):
        return False
    plain = _DOTS.sub(".", text) if _HINT_OF_DOTS.search(text) else text
    return bool(
        _PLAINLY.search(plain)
        or any(_is_domain(found) for found in _DOTTED.finditer(plain))
        or any(_is_ending(found[1], _SPELT) for found in _SPELT_DOT.finditer(plain))
    )


def _is_domain(found: re.Match[str]) -> bool:
    """Return whether a dot and the word after it end a domain."""
    before, after, ending, path = found.groups()
    if after:  # a sentence may have ended there
        return _is_ending(ending, _SURE)
    if before:
        return ending.lower() not in _WORDS and _is_ending(ending, _ENDINGS)
    leads_on = path is not None and found.string[found.start() - 1].isalpha()  # `1.mai/juni` not
    return leads_on or _is_ending(ending, _ENDINGS)


def _is_ending(ending: str, known: frozenset[str]) -> bool:
    """Return whether the ending is known, also in letters that look alike."""
    if ending.isascii():
        return ending.lower() in known
    return ending.casefold() in known or fold_text(ending) in known
