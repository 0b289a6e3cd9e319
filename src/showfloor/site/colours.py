"""The colours beside a brand's accent that make it readable: contrast by WCAG 2.2, on our paper
in light and in dark. The accent itself stays as it was chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text
SHAPE_CONTRAST = 3.0  # WCAG 2.2, 1.4.11: the shape of a control

type Rgb = tuple[int, int, int]

# `--sf-surface` and `--sf-paper` of the style sheet: what the accent stands on.
_LIGHT_PAPER: Rgb = (0xF2, 0xED, 0xE5)  # the sunken one, where contrast is lowest
_DARK_PAPER: Rgb = (0x2A, 0x23, 0x1E)  # the raised one
_DARK_SURFACE: Rgb = (0x1F, 0x1A, 0x16)
_LIGHT_SOFT, _DARK_SOFT = 0.09, 0.2  # shares of the accent in its tinted ground
_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (0, 0, 0)
_HOVER = 0.14
_STEPS = 50  # of mixing towards white or black


@dataclass(frozen=True, slots=True)
class Accent:
    """`fill`: buttons, in the colour that the brand chose; `on_fill`: text on them; `hover`:
    buttons under the pointer; `edge`: their outline, which shows them on any paper; `soft`: a
    tinted ground; `ink`: the accent as text, on paper and on `soft`, and as focus ring."""

    fill: str
    on_fill: str
    hover: str
    edge: str
    soft: str
    ink: str


def accent(colour: str, *, dark: bool) -> Accent:
    """Return the colours of the accent `#rrggbb` on light or dark paper."""
    paper = _DARK_PAPER if dark else _LIGHT_PAPER
    away = _WHITE if dark else _BLACK
    fill = _parse(colour)
    soft = _mix(_DARK_SURFACE, fill, _DARK_SOFT) if dark else _mix(_WHITE, fill, _LIGHT_SOFT)
    edge = _until(fill, away, (paper,), SHAPE_CONTRAST)
    ink = _until(fill, away, (paper, soft), TEXT_CONTRAST)
    # One of the two always reaches 4.58, the square root of 21.
    on_fill = _WHITE if contrast(fill, _WHITE) >= TEXT_CONTRAST else _BLACK
    # Away from its text: a pointer must not make the words harder to read.
    hover = _mix(fill, _BLACK if on_fill == _WHITE else _WHITE, _HOVER)
    return Accent(_text(fill), _text(on_fill), _text(hover), _text(edge), _text(soft), _text(ink))


def readable_on(ground: str, inks: Sequence[str]) -> str:
    """Return the first of the inks that can be read on the ground; else the last."""
    there = _parse(ground)
    found = (ink for ink in inks if contrast(_parse(ink), there) >= TEXT_CONTRAST)
    return next(found, inks[-1])


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _until(colour: Rgb, towards: Rgb, grounds: Sequence[Rgb], wanted: float) -> Rgb:
    """Mix `colour` towards white or black just as far as the contrast asks for."""
    for step in range(_STEPS + 1):
        mixed = _mix(colour, towards, step / _STEPS)
        if all(contrast(mixed, ground) >= wanted for ground in grounds):
            return mixed
    return towards


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parse(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _text(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
