"""The fonts of what we draw: documents, and captions in pictures. They are free (SIL Open Font
License).

Fira Sans has Latin, Greek and Cyrillic; the others are looked at only for a text that it has no
signs for, because reading the Chinese font takes a quarter of a second.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

FAMILY: Final = "showfloor"  # of the main font in documents
REGULAR: Final = ("fontpkg_fira_sans", "files/FiraSans-Regular.ttf")
BOLD: Final = ("fontpkg_fira_sans", "files/FiraSans-SemiBold.ttf")


@dataclass(frozen=True, slots=True)
class Fallback:
    """A font for signs that the main one lacks."""

    family: str
    source: tuple[str, str]


FALLBACKS: Final = (
    Fallback("arabic", ("pylopdf_fonts_ar", "NotoSansArabic-Variable.ttf")),
    Fallback("hebrew", ("pylopdf_fonts_he", "NotoSansHebrew-Variable.ttf")),
    Fallback("thai", ("pylopdf_fonts_th", "NotoSansThai-Variable.ttf")),
    Fallback("hindi", ("pylopdf_fonts_hi", "NotoSansDevanagari-Variable.ttf")),
    Fallback("chinese", ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf")),
    Fallback("korean", ("pylopdf_fonts_ko", "NotoSansKR-Regular.otf")),
)


def path(source: tuple[str, str]) -> Path:
    """Return the file of a font, which lies in a package."""
    package, name = source
    return Path(str(files(package))) / name


@cache
def own_name(source: tuple[str, str]) -> str:
    """Return the family by which a font names itself."""
    with _opened(source) as font:
        return str(font["name"].getDebugName(1))


@cache
def signs(source: tuple[str, str]) -> frozenset[int]:
    """Return the code points that a font has glyphs for."""
    with _opened(source) as font:
        return frozenset(font.getBestCmap())


def needed(texts: Iterable[str]) -> list[Fallback]:
    """Return the fallbacks that these texts need, in their order."""
    missing = {ord(char) for text in texts for char in text if not char.isspace()}
    missing -= signs(REGULAR)
    found = []
    for fallback in FALLBACKS:
        if not missing:
            break
        here = missing & signs(fallback.source)
        if here:
            found.append(fallback)
            missing -= here
    return found


def _opened(source: tuple[str, str]) -> Any:
    from fontTools.ttLib import TTFont  # 6 MB, for files alone

    return TTFont(path(source), lazy=True)
