"""Shots for an upright picture, as a phone films it: the thing below the middle, letters above."""

from collections.abc import Callable

from PIL import Image, ImageDraw

from showfloor_demo import houses, lettering, pictures
from showfloor_demo.film import STILL, Box, Shot, Size, blank_page, oversized, product_letters
from showfloor_demo.stage import Tint, rgb

FRAME: Size = (480, 854)
SIZE = oversized(FRAME)
NEAR = 0.56
MARGIN = 64  # a long phone (390×844) cuts 43 px off each side


def of(reference: str, long_s: float, begin: Box, end: Box, zoom: float = NEAR) -> Shot:
    """Return a shot of a product, with its name and price above it."""
    item, tint = houses.product(reference), pictures.tint_of(reference)
    language = houses.house_of(reference).brand.language

    def letters() -> Image.Image:
        room = FRAME[0] - 2 * MARGIN
        return product_letters(FRAME, item, tint, (MARGIN, 118), 0.56, room, language)

    return Shot(long_s, _scene(reference, zoom, 0.71), begin, end, letters, reference)


def near(reference: str, long_s: float, begin: Box, end: Box, zoom: float = 0.86) -> Shot:
    """Return a shot of a product from close by, without letters."""
    return Shot(long_s, _scene(reference, zoom, 0.74), begin, end, None, reference)


def _scene(reference: str, zoom: float, foot: float) -> Callable[[], Image.Image]:
    origin = (SIZE[0] * 0.5, SIZE[1] * foot)
    return lambda: pictures.scene(reference, SIZE, origin, zoom)


def title(
    long_s: float, scene: Callable[[], Image.Image], tint: Tint, small: str, lines: tuple[str, ...]
) -> Shot:
    """Return an opening or closing shot with a title."""

    def letters() -> Image.Image:
        page, draw = blank_page(FRAME)
        return written(page, draw, tint, small, lines)

    return Shot(long_s, scene, STILL, (0.52, 0.53, 0.92), letters)


def written(
    page: Image.Image, draw: ImageDraw.ImageDraw, tint: Tint, small: str, lines: tuple[str, ...]
) -> Image.Image:
    ink = rgb(tint.ink)
    face = lettering.font(lettering.STRONG, 14)
    lettering.draw_spaced(draw, (MARGIN, 136), small.upper(), face, (*ink, 210), 2.4)
    y = 190
    for n, line in enumerate(lines):
        last = n == len(lines) - 1 and len(lines) > 1
        name = lettering.ITALIC if last else lettering.DISPLAY
        draw.text((MARGIN, y), line, font=lettering.font(name, 50), fill=(*ink, 255), anchor="ls")
        y += 56
    return page
