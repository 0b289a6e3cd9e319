"""The demo video as a function of time: shots, their slow moves, cross-fades and lettering."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from showfloor_demo import lettering, pictures, shapes
from showfloor_demo.catalogue import BRAND, DemoProduct, product
from showfloor_demo.stage import LIPS, Stage, Tint, rgb

WIDTH, HEIGHT, FPS = 1280, 720, 30
OVERSIZE = 1.125  # scenes are drawn larger than the frame, so that moves stay sharp
FADE_S = 0.9
LETTERS_IN_S, LETTERS_OUT_S = 0.7, 0.5
SIZE = (round(WIDTH * OVERSIZE), round(HEIGHT * OVERSIZE))

type Box = tuple[float, float, float]  # middle x, middle y (0–1), share of the scene that is seen
STILL: Box = (0.5, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Shot:
    long_s: float
    scene: Callable[[], Image.Image]
    begin: Box
    end: Box
    letters: Callable[[], Image.Image] | None = None
    reference: str = ""  # of the product that is shown


# --- lettering -----------------------------------------------------------------------------------


def price(amount: int, currency: str = BRAND.currency) -> str:
    sign = {"EUR": "€", "GBP": "£"}[currency]
    whole, cents = divmod(amount, 100)
    return f"{sign}{whole}" if not cents else f"{sign}{whole}.{cents:02}"


def _filled(words: Sequence[str], face: ImageFont.FreeTypeFont, room: float) -> list[str]:
    lines: list[str] = [words[0]]
    for word in words[1:]:
        if face.getlength(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _wrapped(text: str, name: str, size: int, room: float) -> list[str]:
    """As few lines as fit, of lengths as even as can be: no word left alone."""
    face, words = lettering.font(name, size), text.split()
    best = _filled(words, face, room)
    for narrower in range(int(room), int(room / 2), -6):
        lines = _filled(words, face, narrower)
        if len(lines) > len(best):
            break
        best = lines
    return best


@dataclass(slots=True)
class _Column:
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

    def small_caps(self, text: str) -> None:
        self.y += 20
        face = lettering.font(lettering.STRONG, 20)
        lettering.draw_spaced(
            self.draw, (self.x, self.y), text.upper(), face, (*self.ink, 200), 3.6
        )
        self.y += 24


def _page() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    page = Image.new("RGBA", (WIDTH, HEIGHT))
    return page, ImageDraw.Draw(page)


def _product_letters(item: DemoProduct, tint: Tint, x: float) -> Image.Image:
    page, draw = _page()
    column = _Column(draw, x, 112, rgb(tint.ink))  # above where a card may lie
    column.small_caps(item.category)
    for text in _wrapped(item.name, lettering.DISPLAY, 70, 490):
        column.line(text, lettering.DISPLAY, 70, 6)
    column.y += 24
    for text in _wrapped(item.summary, lettering.TEXT, 31, 450):
        column.line(text, lettering.TEXT, 31, 10, soft=230)
    variant = item.variants[0]
    column.y += 16
    now = price(variant.prices[BRAND.currency])
    was = variant.compare_at.get(BRAND.currency)
    column.line(now, lettering.STRONG, 42, 0)
    if was:
        at = column.x + lettering.font(lettering.STRONG, 42).getlength(now) + 16
        face = lettering.font(lettering.TEXT, 30)
        draw.text((at, column.y), price(was), font=face, fill=(*column.ink, 170), anchor="ls")
        end = at + face.getlength(price(was))
        draw.line((at, column.y - 10, end, column.y - 10), fill=(*column.ink, 170), width=2)
    return page


def _title_letters() -> Image.Image:
    page, draw = _page()
    ink = rgb(LIPS.ink)
    mark = lettering.emblem(54)
    page.paste((*ink, 255), (92, 150), mark)
    column = _Column(draw, 92, 226, ink)
    column.small_caps(f"{BRAND.name} live")
    column.line("The Velvet", lettering.DISPLAY, 92, 2)
    column.line("Hour", lettering.ITALIC, 92, 30)
    column.line("Five autumn lips, with Inès", lettering.TEXT, 30, 0, soft=230)
    return page


def _shade_letters() -> Image.Image:
    page, draw = _page()
    ink = rgb(LIPS.ink)
    face = lettering.font(lettering.ITALIC, 50)
    draw.text((WIDTH / 2, 92), "Five ways to say evening", font=face, fill=(*ink, 255), anchor="ms")
    for n, variant in enumerate(product("AUB-101").variants):
        draw.text(
            (212 + n * 214, 662), variant.options["Shade"],
            font=lettering.font(lettering.STRONG, 26), fill=(*ink, 235), anchor="ms",
        )  # fmt: skip
    return page


def _end_letters() -> Image.Image:
    page, draw = _page()
    gold = (233, 198, 146)
    mark = lettering.emblem(96)
    page.paste((*gold, 255), (WIDTH // 2 - 48, 210), mark)
    face = lettering.font(lettering.DISPLAY, 76)
    long = lettering.width_of(BRAND.name, face, 5)
    lettering.draw_spaced(draw, ((WIDTH - long) / 2, 410), BRAND.name, face, (*gold, 255), 5)
    draw.text(
        (WIDTH / 2, 466), BRAND.tagline, font=lettering.font(lettering.ITALIC, 30),
        fill=(240, 222, 200, 235), anchor="ms",
    )  # fmt: skip
    return page


# --- scenes --------------------------------------------------------------------------------------


def _scene(
    reference: str, x: float, near: float = 0.533 * OVERSIZE, y: float = 0.86
) -> Callable[[], Image.Image]:
    origin = (SIZE[0] * x, SIZE[1] * y)
    return lambda: pictures.scene(reference, SIZE, origin, near)


def _cover() -> Image.Image:
    k = OVERSIZE
    stage = Stage(
        SIZE, LIPS, SIZE[1] * 0.72, (933 * k, 308 * k, 250 * k), (933 * k, 625 * k), 0.6 * k
    )
    pictures.COVERS["velvet-hour-live"][0](stage)
    return stage.image


def _line_up() -> Image.Image:
    k = OVERSIZE
    zoom = 0.583 * k
    stage = Stage(SIZE, LIPS, SIZE[1] * 0.66, (640 * k, 333 * k, 267 * k), (0, 0), zoom)
    for n, variant in enumerate(product("AUB-101").variants):
        shapes.lipstick(stage, ((230 + n * 205) * k / zoom, 618 * k / zoom), variant.colour)
    return stage.image


def _dusk() -> Image.Image:
    tint = Tint("#3b1a22", "#2f141b", "#54262f", "#1a080c", "#e9c692")
    disc = (SIZE[0] * 0.5, SIZE[1] * 0.6, SIZE[1] * 0.44)
    return Stage(SIZE, tint, SIZE[1] * 0.80, disc, (0, 0)).image


def _of(reference: str, long_s: float, left: bool, begin: Box, end: Box) -> Shot:
    item, tint = product(reference), pictures.tint_of(reference)
    text_x = 700 if left else 96
    return Shot(
        long_s, _scene(reference, 0.27 if left else 0.70), begin, end,
        lambda: _product_letters(item, tint, text_x), reference,
    )  # fmt: skip


def _near(reference: str, long_s: float, begin: Box, end: Box, near: float, y: float) -> Shot:
    return Shot(long_s, _scene(reference, 0.5, near, y), begin, end, None, reference)


def _shots() -> tuple[Shot, ...]:
    wide, near = STILL, 0.90
    return (
        Shot(6.5, _cover, wide, (0.56, 0.54, near), _title_letters),
        _of("AUB-101", 6.5, False, wide, (0.57, 0.52, near)),
        Shot(6.0, _line_up, (0.5, 0.52, 0.985), (0.5, 0.52, 0.945), _shade_letters, "AUB-101"),
        _of("AUB-102", 6.0, True, (0.46, 0.54, near), wide),
        _of("AUB-103", 5.5, False, wide, (0.56, 0.46, near)),
        _of("AUB-202", 6.0, True, wide, (0.44, 0.56, near)),
        _near("AUB-202", 4.0, (0.46, 0.54, 0.92), (0.54, 0.54, 0.92), 0.96 * OVERSIZE, 0.90),
        _of("AUB-203", 5.5, False, (0.56, 0.54, near), wide),
        _of("AUB-201", 6.0, True, wide, (0.45, 0.5, near)),
        _of("AUB-205", 6.0, False, (0.56, 0.48, near), wide),
        _of("AUB-401", 5.5, True, wide, (0.45, 0.42, near)),
        _of("AUB-301", 6.5, False, wide, (0.57, 0.52, near)),
        _near("AUB-301", 4.0, (0.5, 0.58, 0.94), (0.5, 0.46, 0.94), OVERSIZE, 1.10),
        Shot(6.0, _dusk, wide, (0.5, 0.5, 0.94), _end_letters),
    )


SHOTS = _shots()
LONG_S = sum(shot.long_s for shot in SHOTS)  # 80 s: a whole number of video and of audio frames
FRAMES = round(LONG_S * FPS)


@dataclass(frozen=True, slots=True)
class Cue:
    """From this time of the loop the product is in the picture."""

    at_s: float
    reference: str


def cues() -> Sequence[Cue]:
    """When each product comes into the picture, in order; one cue for each run of its shots."""
    found: list[Cue] = []
    at = 0.0
    for shot in SHOTS:
        if shot.reference and (not found or found[-1].reference != shot.reference):
            found.append(Cue(at, shot.reference))
        at += shot.long_s
    return found


# --- frames --------------------------------------------------------------------------------------


@lru_cache(maxsize=3)
def _drawn(index: int) -> tuple[Image.Image, Image.Image | None]:
    shot = SHOTS[index]
    return shot.scene(), shot.letters() if shot.letters else None


def _ease(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _picture(index: int, at_s: float) -> Image.Image:
    """One shot, `at_s` after its cut: the camera's move, then the letters on top."""
    shot = SHOTS[index]
    scene, letters = _drawn(index)
    t = _ease(0.5 * (at_s + FADE_S) / (shot.long_s + FADE_S) + 0.25) * 2 - 0.3125  # gentle ends
    t = min(max(t, 0.0), 1.375) / 1.375
    x, y, share = (a + (b - a) * t for a, b in zip(shot.begin, shot.end, strict=True))
    wide, high = scene.width * share, scene.height * share
    left = min(max(x * scene.width - wide / 2, 0), scene.width - wide)
    top = min(max(y * scene.height - high / 2, 0), scene.height - high)
    box = (left, top, left + wide, top + high)
    frame = scene.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=box)
    if letters is not None:
        strength = _ease((at_s - 0.2) / LETTERS_IN_S) * _ease((shot.long_s - at_s) / LETTERS_OUT_S)
        if strength > 0:
            area = letters.getbbox()
            cut = letters.crop(area)
            mask = cut.getchannel("A")
            if strength < 1:
                mask = mask.point(lambda level: int(level * strength))
            frame.paste(cut.convert("RGB"), area[:2] if area else (0, 0), mask)
    return frame


def frame(number: int) -> Image.Image:
    """Frame `number` of the loop, RGB 1280×720; the last shot fades into the first."""
    index, into = 0, number / FPS
    while into >= SHOTS[index].long_s:
        into -= SHOTS[index].long_s
        index += 1
    picture = _picture(index, into)
    if into < FADE_S:
        before = (index - 1) % len(SHOTS)
        last = _picture(before, SHOTS[before].long_s + into)
        picture = Image.blend(last, picture, _ease(into / FADE_S))
    return picture
