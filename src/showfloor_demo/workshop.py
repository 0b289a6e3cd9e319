"""The film of the pottery's *Offene Werkstatt*: upright, from a phone held in the hand."""

from PIL import Image

from showfloor_demo import pots, tall
from showfloor_demo.film import STILL, Film
from showfloor_demo.pottery import NIGHT, SAGE, SAND
from showfloor_demo.stage import DUSK, LIME, Stage

SIZE = tall.SIZE
_HORIZON, _FOOT = 0.54, 0.70


def _bench() -> Image.Image:
    w, h = SIZE
    stage = Stage(
        SIZE, LIME, h * _HORIZON, (w * 0.62, h * 0.42, w * 0.34), (w / 2, h * _FOOT), 0.50
    )
    pots.vase(stage, (-210, -150), NIGHT)
    pots.bowl(stage, (190, -70), SAND)
    pots.cup(stage, (-130, 60), SAGE)
    return stage.image


def _wheel() -> Image.Image:
    w, h = SIZE
    stage = Stage(SIZE, DUSK, h * 0.56, (w * 0.5, h * 0.40, w * 0.38), (w / 2, h * 0.74), 0.80)
    pots.lump(stage, (0, 0))
    return stage.image


def _shelf() -> Image.Image:
    w, h = SIZE
    stage = Stage(SIZE, DUSK, h * 0.54, (w * 0.5, h * 0.40, w * 0.36), (w / 2, h * _FOOT), 0.46)
    for x, y, colour in (
        (-330, -150, SAND),
        (-110, -170, SAGE),
        (110, -150, NIGHT),
        (330, -170, SAND),
    ):
        pots.cup(stage, (x, y), colour)
    for x, colour in ((-230, SAGE), (20, SAND), (260, NIGHT)):
        pots.cup(stage, (x, 50), colour)
    return stage.image


FILM = Film(
    "werkstatt", tall.FRAME, 24,
    (
        tall.title(6.0, _wheel, DUSK, "Scherbenglück live", ("Offene", "Werkstatt")),
        tall.of("SCH-101", 7.0, STILL, (0.5, 0.56, 0.92), 0.50),
        tall.near("SCH-101", 5.0, (0.46, 0.56, 0.92), (0.54, 0.54, 0.88)),
        tall.of("SCH-102", 7.0, (0.5, 0.55, 0.92), STILL),
        tall.of("SCH-103", 6.0, STILL, (0.5, 0.5, 0.92), 0.50),
        tall.of("SCH-104", 6.5, (0.5, 0.52, 0.92), STILL, 0.46),
        tall.of("SCH-105", 6.5, STILL, (0.5, 0.58, 0.90)),
        tall.near("SCH-105", 4.5, (0.54, 0.60, 0.92), (0.46, 0.60, 0.92), 0.9),
        tall.of("SCH-106", 6.5, STILL, (0.5, 0.58, 0.88)),
        tall.of("SCH-107", 7.0, (0.5, 0.56, 0.90), STILL),
        tall.title(5.0, _shelf, DUSK, "Gleich geht es weiter", ("Heute aus", "dem Ofen")),
        tall.title(5.0, _bench, LIME, "Jedes Stück ein Unikat", ("Was nehmt", "ihr mit?")),
    ),
    sway=0.006,
)  # fmt: skip
