"""The pottery's things: open vessels of speckled stoneware, each turned in one piece."""

from collections.abc import Callable

import numpy as np

from showfloor_demo.shapes import Spot, flame
from showfloor_demo.stage import Stage
from showfloor_demo.studio import Material, Piece, Plane, linear, rounded, smooth, straight, turn

RAW = Material(linear("#b89a7c"), gloss=0.05, blur=0.5)  # unglazed clay
RAW_DARK = Material(linear("#8f7258"), gloss=0.05, blur=0.5)
GOLD_INSIDE = Material(linear("#e2b56a"), gloss=0.7, blur=0.2, glow=0.5)
WAX = Material(linear("#f6ead6"), gloss=0.2, blur=0.4, glow=0.9)
TILT = 0.30

type Profile = Callable[[Plane], Plane]


def _speckle(seed: int, strength: float = 0.20) -> Callable[[Plane, Plane], Plane]:
    """Iron spots in the clay, and the fine rings that fingers leave on the wheel."""
    table = np.random.default_rng(seed).random((199, 211)).astype(np.float32)
    spots = np.where(table > 0.985, 1.0, 0.0).astype(np.float32)
    spots = (spots + np.roll(spots, 1, 0) + np.roll(spots, 1, 1)).clip(0, 1)

    def grain(angle: Plane, height: Plane) -> Plane:
        row = (height * 0.62).astype(np.int32) % 199
        column = ((angle + 2) * 62).astype(np.int32) % 211
        rings = 0.025 * np.sin(height * 0.42 + 0.6 * np.sin(height * 0.031))
        return np.asarray(1.0 + rings - strength * 2.2 * spots[row, column], np.float32)

    return grain


def _glaze(colour: str) -> Material:
    return Material(linear(colour), gloss=0.62, blur=0.16, glow=0.04)


def _darker(colour: str, share: float) -> Material:
    red, green, blue = linear(colour)
    return Material((red * share, green * share, blue * share), gloss=0.35, blur=0.25)


def thrown(*points: Spot) -> Profile:
    """Return a profile through (height, radius) points, as soft as hands make it."""
    heights = np.array([p[0] for p in points], np.float32)
    fine = np.linspace(heights[0], heights[-1], 400, dtype=np.float32)
    bent = np.interp(fine, heights, np.array([p[1] for p in points], np.float32))
    kernel = np.hanning(123)[1:-1]
    # Mirrored at the ends, so that foot and rim keep their slope.
    padded = np.pad(bent, 60, mode="reflect", reflect_type="odd")
    eased = np.convolve(padded, kernel / kernel.sum(), mode="valid").astype(np.float32)
    return lambda y: np.interp(y, fine, eased).astype(np.float32)


def _inside(u: Plane, v: Plane) -> Plane:
    """The hollow of a vessel: deeper and darker towards its middle."""
    return np.asarray(3.4 * (u * u + (v + 0.25) ** 2) - 3.4, np.float32)


def _vessel(
    profile: Profile, high: float, colour: str, foot: float, wall: float, seed: int
) -> list[Piece]:
    """A raw foot, a glazed wall, a rim, and what is seen of the inside."""
    rim = float(profile(np.array([high], np.float32))[0])
    glaze, inside = _glaze(colour), _darker(colour, 0.5)
    return [
        Piece(0, foot, profile, RAW, grain=_speckle(seed, 0.3)),
        Piece(foot, high, profile, glaze, cap=glaze, grain=_speckle(seed + 1)),
        Piece(high, high + 1, straight(rim - wall), glaze, cap=inside, relief=_inside),
    ]


def cup(stage: Stage, at: Spot, colour: str) -> None:
    profile = thrown((0, 96), (14, 108), (70, 128), (190, 134), (250, 130))
    stage.put(turn(_vessel(profile, 250, colour, 46, 9, 11), stage.tint.scene, at, tilt=TILT))


def bowl(stage: Stage, at: Spot, colour: str) -> None:
    profile = thrown((0, 92), (10, 100), (34, 132), (90, 190), (160, 232), (190, 240))
    stage.put(turn(_vessel(profile, 190, colour, 60, 10, 21), stage.tint.scene, at, tilt=TILT))


def vase(stage: Stage, at: Spot, colour: str) -> None:
    profile = thrown(
        (0, 96), (12, 108), (110, 146), (190, 138), (280, 74), (350, 44), (410, 42), (440, 58)
    )
    pieces = _vessel(profile, 440, colour, 120, 8, 31)
    stage.put(turn(pieces, stage.tint.scene, at, tilt=0.22))


def carafe(stage: Stage, at: Spot, colour: str) -> None:
    profile = thrown(
        (0, 118), (14, 132), (120, 150), (240, 142), (330, 92), (390, 78), (450, 84), (480, 96)
    )
    pieces = _vessel(profile, 480, colour, 76, 9, 41)
    stage.put(turn(pieces, stage.tint.scene, at, tilt=0.22))


def plate(stage: Stage, at: Spot, colour: str) -> None:
    """Two plates, one on the other: seen from above, as on a table."""
    for lift, seed in ((0.0, 51), (30.0, 53)):
        profile = thrown((0, 150), (8, 170), (26, 262), (34, 272))
        pieces = [
            *_vessel(profile, 34, colour, 12, 14, seed)[:2],
            Piece(34, 35, straight(256), _glaze(colour), cap=_glaze(colour), relief=_well),
        ]
        stage.put(turn(pieces, stage.tint.scene, (at[0], at[1] - lift), tilt=0.40))


def _well(u: Plane, v: Plane) -> Plane:
    """The rim of a plate around its well, and the spiral of the fingers."""
    away = np.sqrt(u * u + v * v)
    spiral = np.sin(away * 46 - np.arctan2(v, u)) * 0.10 * (1 - smooth(0.6, 0.8, away))
    return np.asarray(spiral - 0.9 * (1 - smooth(0.70, 0.80, away)), np.float32)


def lantern(stage: Stage, at: Spot, colour: str) -> None:
    """A tea light's shade: thin enough that the light comes through."""
    wall = Material(linear(colour), gloss=0.1, blur=0.4, glow=0.42)
    profile = thrown((0, 78), (16, 90), (80, 106), (150, 96), (170, 92))
    pieces = [
        Piece(0, 20, profile, RAW, grain=_speckle(61, 0.3)),
        Piece(20, 170, profile, wall, cap=wall, grain=_speckle(62, 0.15)),
        Piece(170, 171, straight(85), GOLD_INSIDE, cap=GOLD_INSIDE),
        Piece(171, 172, straight(34), WAX, cap=WAX),
    ]
    stage.put(turn(pieces, stage.tint.scene, at, tilt=TILT))
    flame(stage, (at[0], at[1] - 170), 0.7)


def jar(stage: Stage, at: Spot, colour: str) -> None:
    """A jar with its lid on, and a knob."""
    glaze = _glaze(colour)
    pieces = [
        Piece(0, 34, thrown((0, 120), (12, 132), (34, 140)), RAW, grain=_speckle(71, 0.3)),
        Piece(34, 210, thrown((34, 140), (120, 156), (210, 140)), glaze, cap=glaze,
              grain=_speckle(72)),
        Piece(210, 216, straight(134), RAW_DARK, cap=RAW_DARK),
        Piece(216, 250, rounded(216, 250, 146, 26, 4), glaze, cap=glaze, grain=_speckle(73)),
        Piece(250, 268, straight(20), RAW, cap=RAW),
        Piece(264, 306, thrown((264, 20), (280, 36), (296, 34), (306, 12)), RAW, cap=RAW,
              grain=_speckle(74, 0.3)),
    ]  # fmt: skip
    stage.put(turn(pieces, stage.tint.scene, at, tilt=0.26))


def lump(stage: Stage, at: Spot) -> None:
    """A lump of clay on the wheel, before it is anything."""
    wheel = Material(linear("#6d6a66"), gloss=0.5, blur=0.3)
    wet = Material(linear("#a88668"), gloss=0.75, blur=0.14)
    pieces = [
        Piece(0, 22, straight(300), wheel, cap=wheel),
        Piece(22, 190, thrown((22, 168), (60, 160), (130, 126), (176, 70), (190, 30)), wet,
              cap=wet, grain=_speckle(81, 0.1)),
    ]  # fmt: skip
    stage.put(turn(pieces, stage.tint.scene, at, tilt=0.34))
