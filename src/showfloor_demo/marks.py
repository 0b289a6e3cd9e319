"""The marks of the demo's brands: the square logo, and the icon of a browser's tab."""

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from showfloor_demo import lettering

MARK_PX: Final = 512
ICON_PX: Final = 256
FINE: Final = 4  # shapes are drawn four times as large, then scaled down


@dataclass(frozen=True, slots=True)
class Colours:
    ground: str
    figure: str


COLOURS: dict[str, Colours] = {
    "aubelune": Colours("#3b1a22", "#e9c692"),
    "scherbenglueck": Colours("#2f6468", "#efe6d4"),
}


def mark(brand: str) -> Image.Image:
    """Return a brand's mark on its own colour, a full square."""
    colours = COLOURS[brand]
    picture = Image.new("RGB", (MARK_PX, MARK_PX), colours.ground)
    figure = _figure(brand, round(MARK_PX * 0.62))
    at = ((MARK_PX - figure.width) // 2, (MARK_PX - figure.height) // 2)
    picture.paste(Image.new("RGB", figure.size, colours.figure), at, figure)
    return picture


def icon(brand: str) -> Image.Image:
    """Return the mark for 16 px: a rounded tile, which the figure nearly fills."""
    colours = COLOURS[brand]
    tile = Image.new("L", (ICON_PX * FINE, ICON_PX * FINE))
    ImageDraw.Draw(tile).rounded_rectangle((0, 0, *tile.size), ICON_PX * FINE * 0.22, fill=255)
    picture = Image.new("RGBA", (ICON_PX, ICON_PX), colours.ground)
    figure = _figure(brand, round(ICON_PX * 0.78))
    at = ((ICON_PX - figure.width) // 2, (ICON_PX - figure.height) // 2)
    picture.paste(Image.new("RGBA", figure.size, colours.figure), at, figure)
    picture.putalpha(tile.resize((ICON_PX, ICON_PX), Image.Resampling.LANCZOS))
    return picture


def _figure(brand: str, size: int) -> Image.Image:
    """Return a brand's figure as a mask, cropped to what is drawn."""
    drawn = lettering.emblem(size) if brand == "aubelune" else _bowl(size)
    return drawn.crop(drawn.getbbox())


def _bowl(size: int) -> Image.Image:
    """A bowl with a crack that was mended: a shard, and good luck."""
    unit = size * FINE / 1280

    def scaled(*points: float) -> tuple[float, ...]:
        return tuple(point * unit for point in points)

    mask = Image.new("L", (size * FINE, size * FINE))
    draw = ImageDraw.Draw(mask)
    draw.chord(scaled(40, -860, 1240, 860), 0, 180, fill=255)
    draw.rounded_rectangle(scaled(420, 780, 860, 960), 40 * unit, fill=255)
    for line in ((800, -40, 690, 240, 800, 420, 700, 700), (800, 420, 960, 540)):
        draw.line(scaled(*line), fill=0, width=round(64 * unit), joint="curve")
    return mask.resize((size, size), Image.Resampling.LANCZOS)
