"""The house's lettering: word mark, emblem, labels and the cards of the video, as masks."""

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent / "fonts"
DISPLAY, ITALIC = "Fraunces-Light.ttf", "Fraunces-LightItalic.ttf"
TEXT, STRONG = "Figtree-Regular.ttf", "Figtree-Medium.ttf"
CLOCK = FONTS / "DMMono-Medium.ttf"
HOUSE = "Aubelune"


@lru_cache(maxsize=64)
def font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / name), size)


def width_of(text: str, face: ImageFont.FreeTypeFont, spacing: float = 0.0) -> float:
    return face.getlength(text) + spacing * max(len(text) - 1, 0)


def draw_spaced(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    face: ImageFont.FreeTypeFont,
    fill: int | tuple[int, ...],
    spacing: float,
) -> None:
    """Text with wider spacing, from its left end on the base line."""
    x, y = at
    for letter in text:
        draw.text((x, y), letter, font=face, fill=fill, anchor="ls")
        x += face.getlength(letter) + spacing


def wordmark(width: float, height: float) -> Image.Image:
    """`Aubelune`, in a mask of this shape (drawn three times as large)."""
    mask = Image.new("L", (max(int(width * 3), 1), max(int(height * 3), 1)))
    size = mask.height * 0.98
    face = font(DISPLAY, size)
    room = mask.width * 0.98
    if width_of(HOUSE, face, size * 0.06) > room:
        size *= room / width_of(HOUSE, face, size * 0.06)
        face = font(DISPLAY, size)
    long = width_of(HOUSE, face, size * 0.06)
    start = ((mask.width - long) / 2, mask.height / 2 + size * 0.33)
    draw_spaced(ImageDraw.Draw(mask), start, HOUSE, face, 255, size * 0.06)
    return mask


def emblem(size: int) -> Image.Image:
    """A crescent holding a small disc: moon and dawn."""
    big = size * 4
    mask = Image.new("L", (big, big))
    draw = ImageDraw.Draw(mask)
    edge = big * 0.03
    draw.ellipse((edge, edge, big - edge, big - edge), fill=255)
    shift = big * 0.17
    draw.ellipse(
        (edge + shift, edge - shift * 0.25, big - edge + shift, big - edge - shift * 0.45), fill=0
    )
    middle, radius = (big * 0.60, big * 0.42), big * 0.105
    draw.ellipse(
        (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius), fill=255
    )
    return mask.resize((size, size), Image.Resampling.LANCZOS)


def label(first: str, second: str) -> Image.Image:
    """Two centred lines for the front of a bottle."""
    mask = Image.new("L", (840, 420))
    draw = ImageDraw.Draw(mask)
    number, name = font(ITALIC, 170), font(STRONG, 58)
    draw.text((420, 190), first, font=number, fill=255, anchor="ms")
    spacing = 12.0
    long = width_of(second.upper(), name, spacing)
    draw_spaced(draw, (420 - long / 2, 320), second.upper(), name, 255, spacing)
    return mask
