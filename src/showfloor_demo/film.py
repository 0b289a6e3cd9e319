"""The demo's films as data: shots, how the camera moves over them, and their lettering."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from showfloor_demo import lettering
from showfloor_demo.house import DemoProduct
from showfloor_demo.stage import Tint, rgb

OVERSIZE = 1.125  # scenes are drawn larger than the frame, so that moves stay sharp
CURRENCY = "EUR"

type Box = tuple[float, float, float]  # middle x, middle y (0–1), share of the scene that is seen
type Size = tuple[int, int]
STILL: Box = (0.5, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Shot:
    long_s: float
    scene: Callable[[], Image.Image]
    begin: Box
    end: Box
    letters: Callable[[], Image.Image] | None = None
    reference: str = ""  # of the product that is shown


@dataclass(frozen=True, slots=True)
class Film:
    """A loop of shots. `sway`: how much a hand that holds the phone moves, as a share."""

    name: str
    size: Size
    fps: int
    shots: tuple[Shot, ...]
    sway: float = 0.0

    @property
    def long_s(self) -> float:
        return sum(shot.long_s for shot in self.shots)

    @property
    def frames(self) -> int:
        return round(self.long_s * self.fps)

    def shown_at(self, at_s: float) -> str:
        """Return the reference of the product in the picture; empty where there is none."""
        into = at_s % self.long_s
        for shot in self.shots:
            if into < shot.long_s:
                return shot.reference
            into -= shot.long_s
        return ""


def oversized(size: Size) -> Size:
    """Return the size at which scenes are drawn."""
    return round(size[0] * OVERSIZE), round(size[1] * OVERSIZE)


# --- lettering -----------------------------------------------------------------------------------


def price(amount: int, currency: str, language: str = "en") -> str:
    """Return an amount as people of a language write it."""
    sign = {"EUR": "€", "GBP": "£"}[currency]
    whole, cents = divmod(amount, 100)
    if language == "de":
        return f"{whole} {sign}" if not cents else f"{whole},{cents:02} {sign}"
    return f"{sign}{whole}" if not cents else f"{sign}{whole}.{cents:02}"


def _filled(words: Sequence[str], face: ImageFont.FreeTypeFont, room: float) -> list[str]:
    lines: list[str] = [words[0]]
    for word in words[1:]:
        if face.getlength(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def wrapped(text: str, name: str, size: int, room: float) -> list[str]:
    """Return as few lines as fit, of even lengths: no word is left alone."""
    face, words = lettering.font(name, size), text.split()
    best = _filled(words, face, room)
    for narrower in range(int(room), int(room / 2), -6):
        lines = _filled(words, face, narrower)
        if len(lines) > len(best):
            break
        best = lines
    return best


@dataclass(slots=True)
class Column:
    """Lines of text set one under the other, starting at (x, y)."""

    draw: ImageDraw.ImageDraw
    x: float
    y: float
    ink: tuple[int, int, int]

    def line(self, text: str, name: str, size: int, after: float, soft: int = 255) -> None:
        self.y += size
        face = lettering.font(name, size)
        self.draw.text((self.x, self.y), text, font=face, fill=(*self.ink, soft), anchor="ls")
        self.y += after

    def small_caps(self, text: str, scale: float = 1.0) -> None:
        self.y += 20 * scale
        face = lettering.font(lettering.STRONG, round(20 * scale))
        lettering.draw_spaced(
            self.draw, (self.x, self.y), text.upper(), face, (*self.ink, 200), 3.6 * scale
        )
        self.y += 24 * scale


def blank_page(size: Size) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty sheet of letters, and its pen."""
    page = Image.new("RGBA", size)
    return page, ImageDraw.Draw(page)


def write_price(column: Column, item: DemoProduct, size: int, language: str) -> None:
    """Write the price, and the old one struck through behind it."""
    variant = item.variants[0]
    now = price(variant.prices[CURRENCY], CURRENCY, language)
    was = variant.compare_at.get(CURRENCY)
    column.line(now, lettering.STRONG, size, 0)
    if was:
        struck = price(was, CURRENCY, language)
        at = column.x + lettering.font(lettering.STRONG, size).getlength(now) + 16
        face = lettering.font(lettering.TEXT, round(size * 0.72))
        column.draw.text((at, column.y), struck, font=face, fill=(*column.ink, 170), anchor="ls")
        end = at + face.getlength(struck)
        middle = column.y - size * 0.24
        column.draw.line((at, middle, end, middle), fill=(*column.ink, 170), width=2)


def product_letters(
    size: Size,
    item: DemoProduct,
    tint: Tint,
    at: tuple[float, float],
    scale: float,
    room: float,
    language: str = "en",
) -> Image.Image:
    """Return a sheet with category, name, summary and price, from its upper left corner on."""
    page, draw = blank_page(size)
    column = Column(draw, at[0], at[1], rgb(tint.ink))  # above where a card may lie
    column.small_caps(item.category, scale)
    for text in wrapped(item.name, lettering.DISPLAY, round(70 * scale), room):
        column.line(text, lettering.DISPLAY, round(70 * scale), 6 * scale)
    column.y += 24 * scale
    for text in wrapped(item.summary, lettering.TEXT, round(31 * scale), room * 0.92):
        column.line(text, lettering.TEXT, round(31 * scale), 10 * scale, soft=230)
    column.y += 16 * scale
    write_price(column, item, round(42 * scale), language)
    return page
