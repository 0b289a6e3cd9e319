"""What draws the eye in a picture, column by column: skin, and what moves.

This is no detection of faces. It needs no model and no package beyond Pillow, costs half a
millisecond a picture, and finds a person who talks to the camera before a calm background. A wall
of the colour of skin has no edges as a face has; a wooden one has, but she moves and it does not.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageStat

from showfloor.replays.crop_path import Look

SIZE: Final = (96, 54)  # pixels of the small pictures
# The range of skin of all tones in Cb and Cr (Chai and Ngan 1999).
CB: Final = (77, 127)
CR: Final = (133, 173)
DARK: Final = 40  # below it colours are noise
MOVES_FROM: Final = 10  # of 255: less is the encoder's noise
EDGE_FROM: Final = 60
SKIN_WEIGHT: Final = 0.4
MOVING_SKIN_WEIGHT: Final = 3.0
MOTION_WEIGHT: Final = 0.6


def looks(pictures: Iterable[bytes]) -> Iterator[Look]:
    """Yield a look at each picture: RGB pixels of SIZE."""
    before: Image.Image | None = None
    for pixels in pictures:
        image = Image.frombytes("RGB", SIZE, pixels)
        grey = image.convert("L")
        skin = ImageChops.multiply(_skin(image), _detail(grey))
        if before is None:
            yield Look(_columns(skin, SKIN_WEIGHT), 0.0)
        else:
            difference = ImageChops.difference(grey, before)
            moves = difference.point(_above(MOVES_FROM)).filter(ImageFilter.MaxFilter(5))
            skins = _columns(skin, SKIN_WEIGHT)
            talking = _columns(ImageChops.multiply(skin, moves), MOVING_SKIN_WEIGHT)
            motion = _columns(moves, MOTION_WEIGHT)
            columns = [sum(three) for three in zip(skins, talking, motion, strict=True)]
            yield Look(columns, ImageStat.Stat(difference).mean[0] / 255)
        before = grey


def _skin(image: Image.Image) -> Image.Image:
    bright, cb, cr = image.convert("YCbCr").split()
    mask = ImageChops.multiply(cb.point(_within(*CB)), cr.point(_within(*CR)))
    return ImageChops.multiply(mask, bright.point(_above(DARK))).filter(ImageFilter.MedianFilter(3))


def _detail(grey: Image.Image) -> Image.Image:
    """Return where an edge is near: a face has eyes and an outline, a bare wall has none."""
    edges = grey.filter(ImageFilter.FIND_EDGES).crop((1, 1, SIZE[0] - 1, SIZE[1] - 1))
    whole = Image.new("L", SIZE)
    whole.paste(edges.point(_above(EDGE_FROM)), (1, 1))
    return whole.filter(ImageFilter.MaxFilter(7))


def _columns(mask: Image.Image, weight: float) -> list[float]:
    row = mask.resize((SIZE[0], 1), Image.Resampling.BOX)
    return [weight * value / 255 for value in row.tobytes()]


def _within(low: int, high: int) -> list[int]:
    return [255 if low <= value <= high else 0 for value in range(256)]


def _above(low: int) -> list[int]:
    return [255 if value > low else 0 for value in range(256)]
