"""Captions that are drawn into a picture, as a script in the format ASS, which libass draws.

https://github.com/libass/libass/wiki/ASS-File-Format-Guide
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

from showfloor.kernel import fonts

MIN_SIZE: Final = 10  # pixels
LINES_LANDSCAPE: Final = 17  # a line's height is that share of the shorter side
LINES_PORTRAIT: Final = 13  # seen on phones
SIDE: Final = 0.06  # of the width stays free at each side
BELOW_LANDSCAPE: Final = 0.07  # of the height stays free below
BELOW_PORTRAIT: Final = 0.2  # there the apps that show portrait clips have their buttons
_STYLE_FORMAT: Final = (
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, "
    "Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, "
    "Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
)
_WORD_JOINER: Final = "\u2060"


@dataclass(frozen=True, slots=True)
class BurntCue:
    """Words on screen, s from the start of the file."""

    start_s: float
    end_s: float
    text: str


def script(cues: Iterable[BurntCue], width: int, height: int) -> str:
    """Return the script for a picture of this size: white on a dark box, two lines, centred."""
    lines = LINES_PORTRAIT if height > width else LINES_LANDSCAPE
    size = max(MIN_SIZE, round(min(width, height) / lines))
    below = BELOW_PORTRAIT if height > width else BELOW_LANDSCAPE
    side = round(width * SIDE)
    style = (
        f"Style: Default,{fonts.own_name(fonts.BOLD)},{size},&H00FFFFFF,&H00FFFFFF,&H00000000,"
        f"&H46000000,0,0,0,0,100,100,0,0,4,0,{max(2, size // 4)},2,{side},{side},"
        f"{round(height * below)},1"
    )
    head = [
        "[Script Info]", "ScriptType: v4.00+", f"PlayResX: {width}", f"PlayResY: {height}",
        "WrapStyle: 0", "ScaledBorderAndShadow: yes", "", "[V4+ Styles]",
        _STYLE_FORMAT, style, "", "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    ]  # fmt: skip
    said = [
        f"Dialogue: 0,{_clock(cue.start_s)},{_clock(cue.end_s)},Default,,0,0,0,,"
        + _words(cue.text, size, width - 2 * side)
        for cue in cues
        if round(cue.end_s, 2) > round(cue.start_s, 2)
    ]
    return "\n".join([*head, *said, ""])


def font_files(texts: Sequence[str]) -> list[Path]:
    """Return the fonts that the script needs for these texts."""
    return [fonts.path(fonts.BOLD), *(fonts.path(one.source) for one in fonts.needed(texts))]


def _words(text: str, size: int, room: int) -> str:
    """Return a text without anything that the format would take for a command, in the first font
    that has its signs, and so small that its longest word has room (pixels)."""
    clean = text.replace("\\", f"\\{_WORD_JOINER}").replace("{", "\\{").replace("}", "\\}")
    words = "\\N".join(clean.splitlines())
    other = fonts.needed([text])
    font = f"\\fn{fonts.own_name(other[0].source)}" if other else ""
    longest = max((_length(word, size) for word in text.split()), default=0)
    fitting = f"\\fs{max(MIN_SIZE, int(size * room / longest))}" if longest > room else ""
    return f"{{{font}{fitting}}}{words}" if font or fitting else words


def _length(word: str, size: int) -> float:
    """Return the pixels of a word in the main font."""
    return _main_font(size).getlength(word)


@cache
def _main_font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(fonts.path(fonts.BOLD)), size)


def _clock(seconds: float) -> str:
    hundredths = max(0, round(seconds * 100))
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest // 100:02}.{rest % 100:02}"
