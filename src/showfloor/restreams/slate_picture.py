"""The picture of a slate: the show's cover, darkened, with its title and one line."""

import logging
from io import BytesIO
from typing import Final

from django.utils import translation
from django.utils.translation import gettext
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from showfloor.kernel import fonts
from showfloor.shows import queries as shows
from showfloor.shows.models import Show

log = logging.getLogger(__name__)

GROUND: Final = (16, 16, 20)
DARKENED: Final = 0.35  # of the cover's brightness: white text stands out from any picture
SIZE_MIN: Final = 8
TITLE_CHARS_MAX: Final = 80
_TITLE, _LINE = 14, 24  # parts of the shorter side


def of_channel(channel_id: str, width: int, height: int) -> bytes:
    """Return the picture for the show with this channel as a PNG of this size, px."""
    show = shows.by_channel(channel_id)
    if show is None:
        return draw(None, width, height, "", "")
    with translation.override(show.brand.language):
        words = gettext("The show goes on in a moment.")
    return draw(_cover(show), width, height, show.title, words)


def draw(cover: Image.Image | None, width: int, height: int, title: str, words: str) -> bytes:
    """Return the picture as a PNG."""
    ground = Image.new("RGB", (width, height), GROUND)
    if cover is not None:
        fitted = ImageOps.fit(cover.convert("RGB"), (width, height))
        ground = ImageEnhance.Brightness(fitted).enhance(DARKENED)
    pen, side = ImageDraw.Draw(ground), min(width, height)
    line = _line(words, side // _LINE, width)
    heading = _line(title[:TITLE_CHARS_MAX], side // _TITLE, width)
    middle = (width / 2, height / 2)
    pen.text(middle, title[:TITLE_CHARS_MAX], "white", heading, anchor="mb")
    pen.text((middle[0], middle[1] + side / _LINE), words, "white", line, anchor="mt")
    told = BytesIO()
    ground.save(told, "PNG", compress_level=1)
    return told.getvalue()


def _line(text: str, size: int, width: int) -> ImageFont.FreeTypeFont:
    """Return the font for a text, smaller where the text would not fit into nine tenths."""
    needed = fonts.needed([text])
    file = str(fonts.path(needed[0].source if needed else fonts.BOLD))
    font = ImageFont.truetype(file, max(SIZE_MIN, size))
    too_wide = font.getlength(text) / (width * 0.9)
    return font if too_wide <= 1 else font.font_variant(size=max(SIZE_MIN, int(size / too_wide)))


def _cover(show: Show) -> Image.Image | None:
    if not show.cover:
        return None
    try:
        with show.cover.open("rb") as file:
            return Image.open(BytesIO(file.read())).convert("RGB")
    except (OSError, ValueError) as error:
        log.warning("slate_without_cover show=%s %s", show.slug, error)
        return None
