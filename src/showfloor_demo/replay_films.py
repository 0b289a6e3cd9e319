"""The films of the replays: a class in landscape, and an evening filmed upright on a phone."""

from collections.abc import Callable

from PIL import Image, ImageDraw

from showfloor_demo import catalogue, lettering, pictures, shapes, tall
from showfloor_demo.film import STILL, Box, Film, Shot, Size, blank_page, oversized, product_letters
from showfloor_demo.stage import FACE, FRAGRANCE, Stage, rgb

FRAME: Size = (854, 480)
SIZE = oversized(FRAME)


# --- the class -----------------------------------------------------------------------------------


def _step(reference: str, number: str, long_s: float, begin: Box, end: Box, left: bool) -> Shot:
    """A product of the class, with the number of its step."""
    item, tint = catalogue.product(reference), pictures.tint_of(reference)
    origin = (SIZE[0] * (0.27 if left else 0.72), SIZE[1] * 0.86)
    x = 470 if left else 64

    def letters() -> Image.Image:
        page = product_letters(FRAME, item, tint, (x, 96), 0.64, 330)
        ImageDraw.Draw(page).text(
            (x, 88), number, font=lettering.font(lettering.ITALIC, 26),
            fill=(*rgb(tint.ink), 220), anchor="ls",
        )  # fmt: skip
        return page

    return Shot(
        long_s,
        lambda: pictures.scene(reference, SIZE, origin, 0.40),
        begin,
        end,
        letters,
        reference,
    )


def _tip(
    reference: str, words: str, long_s: float, begin: Box, end: Box, zoom: float = 0.44
) -> Shot:
    """The same product from close by, and what to do with it."""
    tint = pictures.tint_of(reference)

    def letters() -> Image.Image:
        page, draw = blank_page(FRAME)
        face = lettering.font(lettering.ITALIC, 34)
        draw.text((FRAME[0] / 2, 66), words, font=face, fill=(*rgb(tint.ink), 255), anchor="ms")
        return page

    origin = (SIZE[0] * 0.5, SIZE[1] * 0.98)
    return Shot(
        long_s, lambda: pictures.scene(reference, SIZE, origin, zoom), begin, end, letters,
        reference,
    )  # fmt: skip


def _title(
    long_s: float, small: str, words: tuple[str, str], scene: Callable[[Stage], None]
) -> Shot:
    """A title beside some things, at the beginning or the end."""

    def drawn() -> Image.Image:
        stage = Stage(
            SIZE, FACE, SIZE[1] * 0.72, (SIZE[0] * 0.72, SIZE[1] * 0.42, SIZE[1] * 0.34),
            (SIZE[0] * 0.70, SIZE[1] * 0.86), 0.42,
        )  # fmt: skip
        scene(stage)
        return stage.image

    def letters() -> Image.Image:
        page, draw = blank_page(FRAME)
        ink = rgb(FACE.ink)
        face = lettering.font(lettering.STRONG, 14)
        lettering.draw_spaced(draw, (64, 150), small.upper(), face, (*ink, 210), 2.4)
        for n, (word, name) in enumerate(
            zip(words, (lettering.DISPLAY, lettering.ITALIC), strict=True)
        ):
            at, font = (64, 216 + n * 62), lettering.font(name, 58)
            draw.text(at, word, font=font, fill=(*ink, 255), anchor="ls")
        return page

    return Shot(long_s, drawn, STILL, (0.55, 0.53, 0.92), letters)


def _class_things(stage: Stage) -> None:
    pictures.COVERS["skin-before-colour"][0](stage)


def _jar(stage: Stage) -> None:
    shapes.cream_jar(stage, (0, 0), "#e8d6c4")


SKIN_CLASS = Film(
    "skin-class", FRAME, 24,
    (
        _title(10.0, "A morning class with Inès", ("Skin before", "colour"), _class_things),
        _step("AUB-205", "First", 8.0, STILL, (0.56, 0.50, 0.90), left=False),
        _tip("AUB-205", "Warm palms. Press, never rub.", 6.5, STILL, (0.5, 0.54, 0.92)),
        _step("AUB-206", "Second", 8.0, (0.46, 0.54, 0.90), STILL, left=True),
        _tip("AUB-206", "A pea, not a plum.", 6.5, (0.46, 0.56, 0.92), (0.54, 0.56, 0.92), 0.52),
        _step("AUB-201", "Third", 8.0, STILL, (0.56, 0.48, 0.90), left=False),
        _tip("AUB-201", "From the middle outwards.", 6.5, (0.5, 0.54, 0.92), STILL),
        _step("AUB-203", "Last", 8.0, (0.45, 0.54, 0.90), STILL, left=True),
        _tip("AUB-203", "One swipe. Step back. Look.", 6.5, STILL, (0.5, 0.56, 0.90), 0.52),
        _title(6.0, "Thank you for coming", ("And now,", "breakfast"), _jar),
    ),
)  # fmt: skip


# --- the evening ---------------------------------------------------------------------------------


def _sill() -> Image.Image:
    w, h = tall.SIZE
    stage = Stage(
        tall.SIZE, FRAGRANCE, h * 0.54, (w * 0.55, h * 0.40, w * 0.38), (w / 2, h * 0.70), 0.50
    )
    shapes.moon_flacon(stage, (-190, -110), "#7fae93")
    shapes.candle(stage, (150, 0), "#f3e6d4")
    return stage.image


SLOW_SUNDAY = Film(
    "slow-sunday", tall.FRAME, 24,
    (
        tall.title(10.0, _sill, FRAGRANCE, "Tomasz, at home", ("Slow", "Sunday")),
        tall.of("AUB-303", 8.0, STILL, (0.5, 0.54, 0.90)),
        tall.near("AUB-303", 6.0, (0.46, 0.58, 0.92), (0.54, 0.56, 0.90)),
        tall.of("AUB-302", 7.5, (0.5, 0.54, 0.92), STILL, 0.44),
        tall.near("AUB-302", 6.0, (0.54, 0.56, 0.92), (0.46, 0.56, 0.92), 0.7),
        tall.of("AUB-301", 7.5, STILL, (0.5, 0.5, 0.92), 0.42),
        tall.near("AUB-301", 6.0, (0.5, 0.56, 0.94), (0.5, 0.46, 0.92), 0.7),
        tall.of("AUB-206", 8.0, (0.5, 0.56, 0.90), STILL),
        tall.near("AUB-206", 5.0, (0.48, 0.60, 0.92), (0.54, 0.58, 0.90), 0.68),
        tall.title(5.0, _sill, FRAGRANCE, "The bath is ready", ("Good", "night")),
    ),
    sway=0.006,
)  # fmt: skip
