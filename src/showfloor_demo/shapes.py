"""The house's things, each built from turned pieces or slabs and put on a stage."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from showfloor_demo import lettering
from showfloor_demo.stage import Stage
from showfloor_demo.studio import (
    Decal,
    Material,
    Piece,
    Plane,
    linear,
    rounded,
    slab,
    smooth,
    straight,
    turn,
    turned,
)

GOLD = Material(linear("#e9c692"), metal=True, blur=0.07)
SATIN_GOLD = Material(linear("#e3bd88"), metal=True, blur=0.22)
PLUM = Material(linear("#3b1a22"), gloss=0.9, blur=0.05)
BONE = Material(linear("#f0e5d6"), gloss=0.5, blur=0.18)
CHALK = Material(linear("#efe6da"), gloss=0.12, blur=0.4)
GOLD_INK = linear("#d9b27a")
LIGHT_HAIR, DARK_HAIR = linear("#f1dcc8"), linear("#7d4f3c")

type Spot = tuple[float, float]


def _grain(seed: int, fineness: int, depth: float) -> Callable[[Plane, Plane], Plane]:
    """Fine lengthwise streaks, as of hair or brushed metal."""
    table = np.random.default_rng(seed).random(fineness).astype(np.float32)
    table = np.convolve(np.concatenate([table, table[:2]]), np.ones(3) / 3, mode="valid")

    def streaks(angle: Plane, height: Plane) -> Plane:
        at = (np.sin(angle) * 0.5 + 0.5) * (fineness - 2) + height * 0.004
        low = np.clip(at.astype(np.int32), 0, fineness - 2)
        mixed = table[low] + (table[low + 1] - table[low]) * (at - low)
        return np.asarray(1.0 - depth + 2.0 * depth * mixed, np.float32)

    return streaks


def _mark(width: float, height: float, y: float, dark: bool = False) -> Decal:
    ink = linear("#5b3a33") if dark else GOLD_INK
    return Decal(lettering.wordmark(width, height), y, width, height, ink, metal=not dark)


def lipstick(stage: Stage, at: Spot, colour: str, scale: float = 1.0) -> None:
    bullet = Material(linear(colour), gloss=0.42, blur=0.22, glow=0.08)
    pieces = [
        Piece(0, 330, rounded(0, 330, 104, 4, 6), PLUM, cap=PLUM, decal=_mark(128, 30, 92)),
        Piece(330, 350, straight(98), GOLD, cap=GOLD),
        Piece(350, 500, straight(85), GOLD, cap=GOLD),
        Piece(500, 520, straight(77), SATIN_GOLD, cap=PLUM),
        Piece(505, 690, rounded(500, 690, 71, 0), bullet, cap=bullet, cut=(0.72, -0.42)),
    ]
    stage.put(turn(pieces, stage.tint.scene, at), scale=scale)


def lipstick_cap(stage: Stage, at: Spot) -> None:
    """The cap, standing beside it."""
    pieces = [
        Piece(0, 16, straight(104), GOLD),
        Piece(16, 300, rounded(16, 300, 104, 10), PLUM, cap=PLUM, decal=_moon(92, 158)),
    ]
    stage.put(turn(pieces, stage.tint.scene, at))


def _moon(size: float, y: float) -> Decal:
    return Decal(lettering.emblem(int(size * 3)), y, size, size, GOLD_INK, metal=True)


def lip_oil(stage: Stage, at: Spot, colour: str) -> None:
    fluid = Material(linear(colour), gloss=1.0, blur=0.03, glow=0.55)
    glass = Material(linear("#fff4ee"), gloss=1.2, blur=0.02, clear=0.86)
    wand = Material(linear("#f6e6dc"), gloss=0.4, blur=0.3, clear=0.55)
    pieces = [
        Piece(0, 26, rounded(0, 26, 84, 0, 10), glass, cap=glass),
        Piece(24, 330, rounded(24, 330, 72, 18, 14), fluid, cap=fluid),
        Piece(60, 360, straight(8), wand),
        Piece(0, 372, rounded(0, 372, 86, 24, 10), glass, decal=_mark(112, 26, 190)),
        Piece(372, 396, straight(58), GOLD, cap=GOLD),
        Piece(392, 700, rounded(392, 700, 72, 12, 4), BONE, cap=BONE),
    ]
    stage.put(turn(pieces, stage.tint.scene, at))


def pencil(stage: Stage, at: Spot, colour: str, lean: float, length: float = 640) -> None:
    lead = Material(linear(colour), gloss=0.3, blur=0.3)
    wood = Material(linear("#e3bd95"), gloss=0.1, blur=0.5)
    coat = Material(linear(colour), gloss=0.9, blur=0.08)
    tip = length + 118
    pieces = [
        Piece(0, 44, rounded(0, 44, 31, 0, 12), GOLD),
        Piece(44, length, straight(31), coat, decal=replace(_mark(46, 11, 250))),
        Piece(
            length,
            length + 74,
            turned((length, 31), (length + 74, 13)),
            wood,
            grain=_grain(3, 40, 0.12),
        ),
        Piece(length + 72, tip, turned((length + 72, 13.5), (tip - 12, 5), (tip, 1.5)), lead),
    ]
    stage.put(turn(pieces, stage.tint.scene, at, tilt=0.10), lean=lean, shadow=0.8)


def tint_bottle(stage: Stage, at: Spot, colour: str) -> None:
    fluid = Material(linear(colour), gloss=0.9, blur=0.05, glow=0.30)
    glass = Material(linear("#ffffff"), gloss=1.1, blur=0.03, clear=0.84)
    pieces = [
        Piece(14, 330, rounded(14, 330, 118, 26, 22), fluid, cap=fluid),
        Piece(0, 352, rounded(0, 352, 132, 34, 14), glass, decal=_mark(170, 40, 178, dark=True)),
        Piece(352, 386, straight(66), SATIN_GOLD, cap=SATIN_GOLD),
        Piece(386, 600, rounded(386, 600, 88, 10, 4), CHALK, cap=CHALK),
    ]
    stage.put(turn(pieces, stage.tint.scene, at))


def compact(
    stage: Stage, at: Spot, colour: str, pattern: str = "rays", shimmer: bool = False
) -> None:
    """An open compact: the mirror stands behind, the pan lies in front."""
    pan = Material(linear(colour), gloss=0.5 if shimmer else 0.10, blur=0.3, glow=0.12)
    x, y = at
    rim = slab(stage.tint.scene, (x, y - 40), (452, 452), 226, 16, GOLD)
    stage.put(rim, shadow=0.7)
    stage.put(slab(stage.tint.scene, (x, y - 58), (416, 416), 208, 5, GOLD), shadow=0)
    _mirror(stage, (x, y - 266), 200)
    pieces = [
        Piece(0, 34, rounded(0, 34, 228, 4, 8), PLUM, cap=PLUM),
        Piece(34, 40, straight(222), GOLD, cap=GOLD),
        Piece(40, 43, straight(196), pan, cap=pan, relief=RELIEFS[pattern]),
    ]
    stage.put(turn(pieces, stage.tint.scene, at, tilt=0.36))


def _mirror(stage: Stage, middle: Spot, radius: float) -> None:
    """A mirror reflects the room: the wall's tint, brighter towards the window."""
    size = int(radius * 2 * stage.zoom)
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    wall = np.array(linear(stage.tint.wall), np.float32)
    sweep = 0.62 + 0.5 * smooth(0.1, 0.9, 1 - (u * 0.7 + v * 0.6))
    band = np.exp(-(((u - v * 0.55 - 0.18) / 0.10) ** 2)) * 0.28
    light = wall * sweep[..., None] + band[..., None]
    levels = (np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    disc = Image.new("L", (size * 2, size * 2))
    ImageDraw.Draw(disc).ellipse((1, 1, size * 2 - 2, size * 2 - 2), fill=255)
    picture = Image.fromarray(levels, "RGB")
    picture.putalpha(disc.resize((size, size), Image.Resampling.BOX))
    stage.place(picture, (middle[0], middle[1] + radius), shadow=0)


def _rays(u: Plane, v: Plane) -> Plane:
    """A rising disc with rays, pressed into powder."""
    away = np.sqrt(u * u + (v + 0.25) ** 2)
    angle = np.arctan2(v + 0.25, u)
    rays = (
        np.sin(angle * 22)
        * smooth(0.36, 0.5, away)
        * (1 - smooth(0.9, 1.0, np.sqrt(u * u + v * v)))
    )
    disc = (1 - smooth(0.27, 0.33, away)) * 0.8
    return np.asarray(rays * 0.22 + disc * 0.6, np.float32)


def _waves(u: Plane, v: Plane) -> Plane:
    ridge = np.sin((v + 0.10 * np.sin(u * 5.0)) * 24)
    return np.asarray(ridge * 0.24 * (1 - smooth(0.86, 0.97, np.sqrt(u * u + v * v))), np.float32)


def _swirl(u: Plane, v: Plane) -> Plane:
    away = np.sqrt(u * u + v * v)
    return np.asarray(
        np.sin(away * 15 - np.arctan2(v, u)) * 0.55 * (1 - smooth(0.75, 1, away)), np.float32
    )


RELIEFS: dict[str, Callable[[Plane, Plane], Plane]] = {
    "rays": _rays,
    "waves": _waves,
    "swirl": _swirl,
}


def mascara(stage: Stage, at: Spot, colour: str) -> None:
    ink = Material(linear(colour), gloss=0.5, blur=0.2)
    x, y = at
    tube = [
        Piece(0, 360, rounded(0, 360, 62, 8, 6), PLUM, cap=PLUM, decal=_mark(88, 21, 200)),
        Piece(360, 384, straight(40), GOLD, cap=GOLD),
        Piece(384, 408, straight(36), GOLD, cap=PLUM),
    ]
    stage.put(turn(tube, stage.tint.scene, (x - 86, y)))

    def hairs(angle: Plane, height: Plane) -> Plane:
        return np.asarray(0.7 + 0.5 * np.sin(height * 0.9 + angle * 9), np.float32)

    def brush(h: Plane) -> Plane:
        t = np.clip((h - 452) / 176, 0, 1)
        return np.asarray(20 + 9 * np.sin(t * np.pi) + 2.2 * np.sin(h * 0.9), np.float32)

    wand = [
        Piece(0, 300, rounded(0, 300, 62, 4, 8), PLUM, cap=PLUM, decal=_moon(56, 150)),
        Piece(300, 322, straight(52), GOLD, cap=GOLD),
        Piece(322, 460, straight(6), GOLD),
        Piece(452, 628, brush, ink, grain=hairs),
    ]
    stage.put(turn(wand, stage.tint.scene, (x + 104, y + 26)))


def serum(stage: Stage, at: Spot, colour: str) -> None:
    fluid = Material(linear(colour), gloss=0.8, blur=0.04, glow=0.55)
    glass = Material(linear("#fff3df"), gloss=1.2, blur=0.03, clear=0.80)
    rubber = Material(linear("#f3ece2"), gloss=0.15, blur=0.4)
    pipette = Material(linear("#ffffff"), gloss=0.8, blur=0.05, clear=0.6)
    pieces = [
        Piece(16, 250, rounded(16, 250, 126, 0, 26), fluid, cap=fluid),
        Piece(40, 380, straight(11), pipette),
        Piece(
            0, 400,
            turned((0, 132), (18, 140), (300, 140), (350, 118), (382, 62), (400, 58)), glass,
            decal=_mark(176, 41, 190, dark=True),
        ),
        Piece(398, 470, rounded(398, 470, 74, 4, 2), GOLD, cap=GOLD, grain=_grain(5, 64, 0.10)),
        Piece(470, 606, turned((470, 44), (500, 42), (570, 46), (596, 36), (606, 12)), rubber),
    ]  # fmt: skip
    stage.put(turn(pieces, stage.tint.scene, at))


def cream_jar(stage: Stage, at: Spot, colour: str) -> None:
    cream = Material(linear("#fbf3e8"), gloss=0.35, blur=0.25, glow=0.15)
    frosted = Material(linear(colour), gloss=0.5, blur=0.28, glow=0.18)
    x, y = at
    lid = [Piece(0, 70, rounded(0, 70, 196, 8, 6), SATIN_GOLD, cap=SATIN_GOLD)]
    pieces = [
        Piece(
            0,
            200,
            rounded(0, 200, 206, 10, 30),
            frosted,
            cap=frosted,
            decal=_mark(210, 49, 96, True),
        ),
        Piece(200, 226, straight(178), frosted, cap=frosted),
        Piece(224, 228, straight(166), cream, cap=cream, relief=RELIEFS["swirl"]),
    ]
    stage.put(turn(lid, stage.tint.scene, (x + 210, y - 58), tilt=0.28))
    stage.put(turn(pieces, stage.tint.scene, (x - 60, y), tilt=0.28))


def flacon(stage: Stage, at: Spot, colour: str) -> None:
    """A tall square bottle of heavy glass."""
    x, y = at
    scene = stage.tint.scene
    glass = Material(linear("#efe9f7"), gloss=1.3, blur=0.02, clear=0.62)
    fluid = Material(linear(colour), gloss=0.9, blur=0.05, glow=0.5)
    stage.put(slab(scene, (x, y - 2), (330, 452), 26, 22, replace(glass, clear=0.5)), shadow=1.0)
    stage.put(slab(scene, (x, y - 46), (274, 350), 14, 26, fluid, 0.42), shadow=0)
    stage.put(
        slab(scene, (x, y - 2), (330, 452), 26, 18, replace(glass, clear=0.97), 0.3), shadow=0
    )
    _print(stage, lettering.label("No. 4", "Lily & Smoke"), (x, y - 222), 210, "#fdf4e6")
    neck = [
        Piece(0, 26, straight(50), GOLD, cap=GOLD),
        Piece(26, 40, straight(44), GOLD, cap=GOLD),
        Piece(34, 176, rounded(34, 176, 66, 8, 3), PLUM, cap=PLUM, decal=_moon(58, 100)),
    ]
    stage.put(turn(neck, scene, (x, y - 450)), shadow=0)


def moon_flacon(stage: Stage, at: Spot, colour: str) -> None:
    """A round, flat bottle: the full moon."""
    x, y = at
    scene = stage.tint.scene
    glass = Material(linear("#eceef8"), gloss=1.3, blur=0.02, clear=0.5)
    fluid = Material(linear(colour), gloss=0.9, blur=0.05, glow=0.5)
    stage.put(slab(scene, (x, y - 4), (430, 430), 215, 34, glass))
    stage.put(slab(scene, (x, y - 42), (354, 354), 177, 50, fluid, 0.5), shadow=0)
    stage.put(
        slab(scene, (x, y - 4), (430, 430), 215, 26, replace(glass, clear=0.97), 0.4), shadow=0
    )
    _print(stage, lettering.label("No. 7", "Orchard Rain"), (x, y - 216), 200, "#ffffff")
    neck = [
        Piece(0, 30, straight(46), GOLD, cap=GOLD),
        Piece(28, 122, turned((28, 50), (40, 58), (88, 58), (112, 44), (122, 14)), GOLD),
    ]
    stage.put(turn(neck, scene, (x, y - 428)), shadow=0)


def candle(stage: Stage, at: Spot, colour: str) -> None:
    wax = Material(linear(colour), gloss=0.2, blur=0.3, glow=0.5)
    glass = Material(linear("#ffffff"), gloss=1.0, blur=0.03, clear=0.86)
    wick = Material(linear("#3a2a22"), gloss=0.1)
    pieces = [
        Piece(14, 236, rounded(14, 236, 152, 0, 16), wax, cap=wax),
        Piece(236, 276, straight(5), wick),
        Piece(
            0, 330, rounded(0, 330, 166, 0, 18), glass, cap=glass, hollow=True,
            decal=_mark(196, 46, 120, dark=True),
        ),
    ]  # fmt: skip
    stage.put(turn(pieces, stage.tint.scene, at))
    flame(stage, (at[0], at[1] - 278))


def flame(stage: Stage, foot: Spot, scale: float = 1.0) -> None:
    """A still flame, and the light around it."""
    unit = stage.zoom * scale
    reach = int(190 * unit)
    v, u = np.mgrid[-reach:reach, -reach:reach].astype(np.float32) / reach
    glow = Image.new("RGB", (reach * 2, reach * 2), (255, 226, 170))
    level = 150 * np.clip(1 - np.sqrt(u * u + v * v), 0, 1) ** 2
    glow.putalpha(Image.fromarray(level.astype(np.uint8), "L"))
    stage.place(glow, (foot[0], foot[1] + 146 * scale), shadow=0)
    tall, half = int(100 * unit), int(30 * unit)
    ys, xs = np.mgrid[0:tall, -half:half].astype(np.float32)
    t = 1 - ys / tall
    width = 40 * unit * np.sqrt(np.clip(t, 0, 1)) * (1 - t) ** 0.55
    inside = 1 - smooth(0.6, 1.05, np.abs(xs) / np.maximum(width, 0.5))
    heat = np.clip(1.15 - t * 0.7, 0, 1)[..., None]
    colour = np.array([255, 250, 226]) * heat + np.array([255, 176, 84]) * (1 - heat)
    burning = Image.fromarray(colour.astype(np.uint8), "RGB")
    burning.putalpha(Image.fromarray((inside * 250).astype(np.uint8), "L"))
    stage.place(burning, (foot[0], foot[1] + 8 * scale), shadow=0)


@dataclass(frozen=True, slots=True)
class Brush:
    """Measures of one brush, px."""

    handle: float
    thick: float
    head: float
    wide: float
    flat: bool = False


BRUSHES = {
    "cloud": Brush(470, 30, 210, 104),
    "arc": Brush(480, 24, 150, 62),
    "line": Brush(500, 17, 84, 22),
    "veil": Brush(480, 26, 176, 80),
    "dot": Brush(490, 19, 96, 34),
}


def brush(stage: Stage, at: Spot, kind: str, lean: float = 0.0, scale: float = 1.0) -> None:
    size = BRUSHES[kind]
    hair = Material(LIGHT_HAIR, gloss=0.08, blur=0.5, glow=0.2)
    top, ferrule = size.handle, size.handle + 120
    flare = size.thick * 1.12

    def bristles(y: Plane) -> Plane:
        t = np.clip((y - ferrule) / size.head, 0, 1)
        opening = flare + (size.wide - flare) * np.sin(np.clip(t / 0.62, 0, 1) * np.pi / 2)
        dome = np.sqrt(np.clip(1 - np.clip((t - 0.45) / 0.55, 0, 1) ** 2.2, 0, 1))
        return np.asarray(opening * dome, np.float32)

    streaks = _grain(11, 150, 0.22)

    def hair_grain(angle: Plane, height: Plane) -> Plane:
        dark = 1 - smooth(ferrule + size.head * 0.22, ferrule + size.head * 0.72, height)
        ratio = np.array(DARK_HAIR, np.float32) / np.array(LIGHT_HAIR, np.float32)
        tone = 1 + dark[..., None] * (ratio - 1)
        return np.asarray(streaks(angle, height)[..., None] * tone, np.float32)

    handle = turned(
        (0, 9), (40, 17), (180, size.thick), (top - 60, size.thick * 0.86), (top, size.thick)
    )
    pieces = [
        Piece(0, top, handle, PLUM),
        Piece(top, ferrule, turned((top, size.thick * 1.05), (ferrule, flare)), GOLD),
        Piece(ferrule, ferrule + size.head, bristles, hair, grain=hair_grain),
    ]
    stage.put(turn(pieces, stage.tint.scene, at, tilt=0.05), lean=lean, scale=scale)


def hand_mirror(stage: Stage, at: Spot) -> None:
    """A round mirror on a stand."""
    x, y = at
    scene = stage.tint.scene
    foot = [
        Piece(0, 22, rounded(0, 22, 150, 8, 4), GOLD, cap=GOLD),
        Piece(20, 150, turned((20, 26), (50, 14), (150, 12)), GOLD),
    ]
    stage.put(turn(foot, scene, at))
    stage.put(slab(scene, (x, y - 130), (500, 500), 250, 22, GOLD), shadow=0.5)
    _mirror(stage, (x, y - 380), 232)


def _print(stage: Stage, mask: Image.Image, middle: Spot, width: float, colour: str) -> None:
    size = (round(width * stage.zoom), round(mask.height * width / mask.width * stage.zoom))
    ink = Image.new("RGB", size, colour)
    ink.putalpha(mask.resize(size, Image.Resampling.LANCZOS))
    stage.place(ink, (middle[0], middle[1] + size[1] / stage.zoom / 2), shadow=0)
