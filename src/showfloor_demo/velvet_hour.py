"""The film of *The Velvet Hour*: 80 s, landscape, a shot or two for each thing of the rundown."""

from collections.abc import Callable

from PIL import Image

from showfloor_demo import lettering, pictures, shapes
from showfloor_demo.catalogue import BRAND, product
from showfloor_demo.film import (
    OVERSIZE,
    STILL,
    Box,
    Column,
    Film,
    Shot,
    blank_page,
    oversized,
    product_letters,
)
from showfloor_demo.stage import LIPS, Stage, Tint, rgb

WIDTH, HEIGHT = 1280, 720
FRAME = (WIDTH, HEIGHT)
SIZE = oversized(FRAME)


def _title_letters() -> Image.Image:
    page, draw = blank_page(FRAME)
    ink = rgb(LIPS.ink)
    mark = lettering.emblem(54)
    page.paste((*ink, 255), (92, 150), mark)
    column = Column(draw, 92, 226, ink)
    column.small_caps(f"{BRAND.name} live")
    column.line("The Velvet", lettering.DISPLAY, 92, 2)
    column.line("Hour", lettering.ITALIC, 92, 30)
    column.line("Five autumn lips, with Inès", lettering.TEXT, 30, 0, soft=230)
    return page


def _shade_letters() -> Image.Image:
    page, draw = blank_page(FRAME)
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
    page, draw = blank_page(FRAME)
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
        lambda: product_letters(FRAME, item, tint, (text_x, 112), 1.0, 490), reference,
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


FILM = Film("velvet-hour", FRAME, 30, _shots())
