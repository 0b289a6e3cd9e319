"""Draws every picture of the demo: stills, shades, covers, hosts, and the brands' own."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path

from PIL import Image

from showfloor_demo import houses, marks, portraits, pots, shapes
from showfloor_demo.catalogue import FACE, FRAGRANCE, LIPS
from showfloor_demo.pottery import HOME, NIGHT, SAGE, SAND, TABLE
from showfloor_demo.stage import DUSK, LIME, Stage, Tint
from showfloor_demo.stage import FACE as FACE_TINT
from showfloor_demo.stage import FRAGRANCE as FRAGRANCE_TINT
from showfloor_demo.stage import LIPS as LIPS_TINT
from showfloor_demo.stage import TOOLS as TOOLS_TINT

STILL_PX = 1200
QUALITY = 86  # of WebP: no banding in the walls, some 60 kB a still
STAMP = ".drawn"
SOURCES = (
    "studio", "stage", "shapes", "pots", "lettering", "marks", "portraits", "house", "catalogue",
    "pottery", "pictures",
)  # fmt: skip

type Draw = Callable[[Stage, str], None]


def _at(thing: Callable[[Stage, shapes.Spot, str], None], spot: shapes.Spot) -> Draw:
    """Return how one thing is drawn at a spot, in the colour of a shade."""
    return lambda stage, colour: thing(stage, spot, colour)


def _lipstick(stage: Stage, colour: str) -> None:
    shapes.lipstick_cap(stage, (165, -75))
    shapes.lipstick(stage, (-60, 0), colour)


def _pencils(stage: Stage, colour: str) -> None:
    shapes.pencil(stage, (-215, -10), "#7d3340", -13)
    shapes.pencil(stage, (20, 10), colour, -4)
    shapes.pencil(stage, (255, -10), "#c47a68", 6)


def _blush(stage: Stage, colour: str) -> None:
    shapes.compact(stage, (0, -30), colour, "waves")


def _highlighter(stage: Stage, colour: str) -> None:
    shapes.compact(stage, (0, -30), colour, "rays", shimmer=True)


def _brush(stage: Stage, colour: str) -> None:
    shapes.brush(stage, (40, 30), "cloud", 8)


def _brushes(stage: Stage, colour: str) -> None:
    for x, y, kind, lean in (
        (-290, 20, "veil", 6.0), (-150, 40, "line", 3.0), (0, 20, "cloud", 0.0),
        (140, 40, "dot", -4.0), (280, 20, "arc", -7.0),
    ):  # fmt: skip
        shapes.brush(stage, (x, y), kind, lean)


def _hand_mirror(stage: Stage, colour: str) -> None:
    shapes.hand_mirror(stage, (0, 0))


# reference -> what is drawn, how near the camera is (px to the unit), in which colour
STILLS: dict[str, tuple[Draw, float, str]] = {
    "AUB-101": (_lipstick, 1.2, "#b3342f"),
    "AUB-102": (_at(shapes.lip_oil, (0, 0)), 1.2, "#dd7441"),
    "AUB-103": (_pencils, 1.08, "#9c4a44"),
    "AUB-201": (_at(shapes.tint_bottle, (0, 0)), 1.35, "#d2a07a"),
    "AUB-202": (_blush, 1.4, "#d9836f"),
    "AUB-203": (_highlighter, 1.4, "#efcfa6"),
    "AUB-204": (_at(shapes.mascara, (0, -10)), 1.3, "#1d1716"),
    "AUB-205": (_at(shapes.serum, (0, 0)), 1.35, "#c98a35"),
    "AUB-206": (_at(shapes.cream_jar, (-10, 0)), 1.4, "#e8d6c4"),
    "AUB-301": (_at(shapes.flacon, (0, 0)), 1.35, "#a06a90"),
    "AUB-302": (_at(shapes.moon_flacon, (0, 0)), 1.4, "#7fae93"),
    "AUB-303": (_at(shapes.candle, (0, 0)), 1.45, "#f3e6d4"),
    "AUB-401": (_brush, 1.1, ""),
    "AUB-402": (_brushes, 1.1, ""),
    "AUB-403": (_hand_mirror, 1.25, ""),
    "SCH-101": (_at(pots.cup, (-20, 0)), 1.95, SAGE),
    "SCH-102": (_at(pots.bowl, (0, -10)), 1.6, SAND),
    "SCH-103": (_at(pots.vase, (10, 0)), 1.4, NIGHT),
    "SCH-104": (_at(pots.carafe, (0, 0)), 1.32, NIGHT),
    "SCH-105": (_at(pots.plate, (0, -20)), 1.55, SAND),
    "SCH-106": (_at(pots.lantern, (0, 0)), 2.1, SAND),
    "SCH-107": (_at(pots.jar, (0, 0)), 1.75, "#c8923f"),
}
TINTS: dict[str, Tint] = {
    LIPS: LIPS_TINT, FACE: FACE_TINT, FRAGRANCE: FRAGRANCE_TINT, TABLE: LIME, HOME: DUSK,
}  # fmt: skip


def tint_of(reference: str) -> Tint:
    return TINTS.get(houses.product(reference).category, TOOLS_TINT)


def still(reference: str, colour: str = "") -> Image.Image:
    """The square still of a product, in one of its shades."""
    draw, zoom, own = STILLS[reference]
    disc = (640.0, 530.0, 350.0)
    stage = Stage((STILL_PX, STILL_PX), tint_of(reference), 840, disc, (600, 1010), zoom)
    draw(stage, colour or own)
    return stage.image


def scene(
    reference: str, size: tuple[int, int], origin: tuple[float, float], zoom: float
) -> Image.Image:
    """A product on a stage of another shape, for the video: its foot at `origin`."""
    draw, near, colour = STILLS[reference]
    radius = min(size[1] * 0.36, size[0] * 0.44)
    disc = (origin[0] + radius * 0.12, size[1] * 0.42, radius)
    horizon = origin[1] - size[1] * 0.16
    stage = Stage(size, tint_of(reference), horizon, disc, origin, near * zoom)
    draw(stage, colour)
    return stage.image


# --- covers --------------------------------------------------------------------------------------


def _velvet_hour(stage: Stage) -> None:
    shapes.lip_oil(stage, (-330, -80), "#b02a3a")
    shapes.lipstick(stage, (-170, -20), "#6d2437")
    shapes.lipstick(stage, (80, 10), "#b3342f")
    shapes.lipstick_cap(stage, (295, -40))
    shapes.pencil(stage, (425, 30), "#9c4a44", 10, 420)


def _rain_and_smoke(stage: Stage) -> None:
    shapes.candle(stage, (-300, -60), "#f3e6d4")
    shapes.moon_flacon(stage, (310, -40), "#7fae93")
    shapes.flacon(stage, (20, 10), "#a06a90")


def _ten_minute_face(stage: Stage) -> None:
    shapes.brush(stage, (-330, -40), "veil", 7, 0.95)
    shapes.brush(stage, (400, -30), "arc", -8, 0.95)
    shapes.tint_bottle(stage, (-180, -30), "#d2a07a")
    shapes.mascara(stage, (95, 10), "#1d1716")
    shapes.brush(stage, (280, 20), "line", -4, 0.9)


def _skin(stage: Stage) -> None:
    shapes.serum(stage, (-330, -60), "#c98a35")
    shapes.cream_jar(stage, (160, -50), "#e8d6c4")
    shapes.tint_bottle(stage, (-70, 20), "#d2a07a")


def _slow_sunday(stage: Stage) -> None:
    shapes.moon_flacon(stage, (-220, -60), "#7fae93")
    shapes.candle(stage, (190, 10), "#f3e6d4")


def _letters(stage: Stage) -> None:
    shapes.hand_mirror(stage, (60, 0))
    shapes.lipstick(stage, (-300, 10), "#a5524f")
    shapes.pencil(stage, (330, 20), "#9c4a44", -8, 420)


def _workshop(stage: Stage) -> None:
    pots.vase(stage, (-330, -50), NIGHT)
    pots.bowl(stage, (10, -20), SAND)
    pots.cup(stage, (330, 10), SAGE)


def _kiln(stage: Stage) -> None:
    pots.lantern(stage, (-330, -30), SAND)
    pots.jar(stage, (-20, 0), "#c8923f")
    pots.lantern(stage, (300, 20), SAND)


COVERS: dict[str, tuple[Callable[[Stage], None], Tint]] = {
    "velvet-hour-live": (_velvet_hour, LIPS_TINT),
    "rain-and-smoke": (_rain_and_smoke, FRAGRANCE_TINT),
    "ten-minute-face": (_ten_minute_face, FACE_TINT),
    "skin-before-colour": (_skin, FACE_TINT),
    "slow-sunday": (_slow_sunday, FRAGRANCE_TINT),
    "letters-to-the-mirror": (_letters, LIPS_TINT),
    "offene-werkstatt": (_workshop, LIME),
    "ofen-auf": (_kiln, DUSK),
}


def cover(slug: str) -> Image.Image:
    draw, tint = COVERS[slug]
    stage = Stage((1600, 900), tint, 640, (1010, 400, 330), (1000, 770), 0.80)
    draw(stage)
    return stage.image


# --- large pictures of the brands ----------------------------------------------------------------

HERO_PX = (2100, 900)  # 21:9; a phone shows the middle 16:9, and words lie on the lowest quarter
DAWN = Tint("#dba08c", "#c58873", "#f6ddcc", "#5e2b27", "#3f1a19")
EVENING = Tint("#6f8f90", "#8a6f56", "#9fbab6", "#231f1b", "#10201f")


def _dressing_table(stage: Stage) -> None:
    shapes.hand_mirror(stage, (-640, -110))
    shapes.brush(stage, (690, -120), "veil", -9, 0.9)
    shapes.brush(stage, (610, -100), "cloud", -3, 0.9)
    shapes.moon_flacon(stage, (-330, -70), "#7fae93")
    shapes.flacon(stage, (370, -80), "#a06a90")
    shapes.serum(stage, (-120, -20), "#c98a35")
    shapes.lipstick(stage, (50, -10), "#6d2437")
    shapes.lipstick(stage, (240, 20), "#b3342f")
    shapes.cream_jar(stage, (-480, 60), "#e8d6c4")
    shapes.candle(stage, (540, 40), "#f3e6d4")


def _long_shelf(stage: Stage) -> None:
    pots.carafe(stage, (-640, -80), NIGHT)
    pots.vase(stage, (-330, -110), SAND)
    pots.vase(stage, (640, -90), SAGE)
    pots.jar(stage, (360, -70), "#c8923f")
    pots.bowl(stage, (10, -40), SAND)
    pots.cup(stage, (-460, 40), SAGE)
    pots.lantern(stage, (-210, 60), SAND)
    pots.cup(stage, (260, 60), NIGHT)
    pots.lantern(stage, (500, 60), SAND)


# by the brand's slug: what is drawn, in which colours, how near the camera is (px to the unit)
HEROES: dict[str, tuple[Callable[[Stage], None], Tint, float]] = {
    "aubelune": (_dressing_table, DAWN, 0.68),
    "scherbenglueck": (_long_shelf, EVENING, 0.76),
}


def hero(brand: str) -> Image.Image:
    """Return the wide picture at the top of a brand's programme."""
    draw, tint, zoom = HEROES[brand]
    stage = Stage(HERO_PX, tint, 500, (1090, 370, 340), (1050, 615), zoom)
    draw(stage)
    return stage.image


# --- all of it -----------------------------------------------------------------------------------


def jobs() -> dict[str, Callable[[], Image.Image]]:
    """File name -> how it is drawn."""
    work: dict[str, Callable[[], Image.Image]] = {}
    for house in houses.HOUSES:
        for item in house.products:
            work[item.picture] = partial(still, item.reference)
            for variant in item.variants:
                if variant.picture:
                    work[variant.picture] = partial(still, item.reference, variant.colour)
        for show in house.shows:
            work[show.cover] = partial(cover, show.slug)
        for host in house.hosts:
            work[host.picture] = partial(portraits.portrait, host.name)
        brand = house.brand
        work[brand.mark] = partial(marks.mark, brand.slug)
        work[brand.icon] = partial(marks.icon, brand.slug)
        work[brand.hero] = partial(hero, brand.slug)
    return work


def source_state(names: Sequence[str] = SOURCES) -> str:
    """Hash of the code that draws: pictures are drawn again when it changes."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


def _draw_and_save(name: str, draw: Callable[[], Image.Image], folder: Path) -> None:
    part = folder / f".{name}.part"
    kind = "PNG" if name.endswith(".png") else "WEBP"
    draw().save(part, kind, quality=QUALITY, method=2)
    part.replace(folder / name)


def begin(pool: Executor, folder: Path) -> "list[Future[None]]":
    """Begin to draw what is missing or out of date into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp, work = folder / STAMP, jobs()
    fresh = stamp.is_file() and stamp.read_text() == source_state()
    missing = [name for name in work if not (fresh and (folder / name).is_file())]
    if missing:
        stamp.unlink(missing_ok=True)
    return [pool.submit(_draw_and_save, name, work[name], folder) for name in missing]


def finish(folder: Path) -> None:
    """Note that everything is drawn."""
    (folder / STAMP).write_text(source_state())
