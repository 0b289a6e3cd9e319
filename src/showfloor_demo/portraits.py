"""Portraits of the demo's hosts: cut-paper likenesses, lit like the stills."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from showfloor_demo.stage import FRAGRANCE, LIME, LIPS, Stage, Tint, rgb

SIZE = 800
FINE = 2  # drawn twice as large, then scaled down

type Shape = Image.Image


@dataclass(frozen=True, slots=True)
class Looks:
    tint: Tint
    skin: str
    hair: str
    coat: str
    lips: str
    long_hair: bool


PEOPLE = {
    "Inès Marlowe": Looks(LIPS, "#d8a283", "#3a211b", "#3b1a22", "#a63a3f", long_hair=True),
    "Tomasz Adeyemi": Looks(FRAGRANCE, "#7a4c34", "#1d1513", "#e9e1d4", "#6b3a30", long_hair=False),
    "Lene Brodersen": Looks(LIME, "#e3b596", "#b98b55", "#39595c", "#b4584c", long_hair=True),
}


def _blank() -> tuple[Shape, ImageDraw.ImageDraw]:
    mask = Image.new("L", (SIZE * FINE, SIZE * FINE))
    return mask, ImageDraw.Draw(mask)


def _ellipse(x: float, y: float, rx: float, ry: float) -> Shape:
    mask, draw = _blank()
    draw.ellipse(tuple(FINE * v for v in (x - rx, y - ry, x + rx, y + ry)), fill=255)
    return mask


def _curve(points: Sequence[tuple[float, float]]) -> Shape:
    """A closed smooth shape through points (Catmull-Rom)."""
    mask, draw = _blank()
    line: list[tuple[float, float]] = []
    count = len(points)
    for i in range(count):
        p0, p1, p2, p3 = (np.array(points[(i + k - 1) % count]) for k in range(4))
        for t in np.linspace(0, 1, 16, endpoint=False):
            at = 0.5 * (
                2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )  # fmt: skip
            line.append((float(at[0]) * FINE, float(at[1]) * FINE))
    draw.polygon(line, fill=255)
    return mask


def _blurred(mask: Shape, radius: float) -> Shape:
    """Return a mask with soft edges; a wide blur is made on every 4th px."""
    if radius < 12:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.reduce(4).filter(ImageFilter.GaussianBlur(radius / 4))
    return small.resize(mask.size, Image.Resampling.BILINEAR)


class _Canvas:
    def __init__(self, image: Image.Image) -> None:
        self.image = image.resize((SIZE * FINE, SIZE * FINE), Image.Resampling.BICUBIC)

    def lay(self, mask: Shape, colour: str, round_light: float = 0.16, lift: float = 0.0) -> None:
        """Lay a sheet of paper: lit from the upper left, with a soft shadow under it if lifted."""
        if lift:
            shadow = Image.new("L", mask.size)
            shadow.paste(mask, (int(10 * lift), int(14 * lift)))
            shadow = _blurred(shadow, 14 * lift).point(lambda level: int(level * 0.38))
            self.image.paste((40, 16, 14), (0, 0, *mask.size), shadow)
        box = mask.getbbox() or (0, 0, 1, 1)
        width, height = box[2] - box[0], box[3] - box[1]
        u = np.arange(width, dtype=np.float32)[None, :] / width - 0.5
        v = np.arange(height, dtype=np.float32)[:, None] / height - 0.5
        light = 1.0 - round_light * (u * 1.2 + v * 0.8) - round_light * 0.8 * (u * u)
        base = np.array(rgb(colour), np.float32)
        sheet = np.clip(base * light[..., None], 0, 255).astype(np.uint8)
        self.image.paste(Image.fromarray(sheet, "RGB"), box[:2], mask.crop(box))

    def soft(self, mask: Shape, colour: str, blur: float, strength: float, within: Shape) -> None:
        """Rouge or shade, feathered, inside another shape."""
        feather = _blurred(mask, blur * FINE)
        feather = ImageChops.multiply(feather, within).point(lambda level: int(level * strength))
        self.image.paste(colour, (0, 0, *self.image.size), feather)


def portrait(name: str) -> Image.Image:
    """An 800×800 portrait of one of the hosts."""
    looks = PEOPLE[name]
    stage = Stage(
        (SIZE, SIZE), looks.tint, SIZE + 10, (SIZE * 0.56, SIZE * 0.44, SIZE * 0.37), (0, 0)
    )
    canvas = _Canvas(stage.image)
    if looks.long_hair:
        back = [(400, 118), (560, 165), (610, 330), (600, 520), (560, 620), (400, 640), (240, 620),
                (196, 520), (190, 330), (240, 165)]  # fmt: skip
        canvas.lay(_curve(back), looks.hair, 0.3, lift=1.0)
    _shoulders(canvas, looks)
    if not looks.long_hair:
        canvas.lay(_ellipse(400, 372, 113, 118), looks.skin, 0.17)  # a broader jaw
    face = _curve([(400, 186), (492, 222), (512, 340), (486, 440), (436, 502), (400, 514),
                   (364, 502), (314, 440), (288, 340), (308, 222)])  # fmt: skip
    canvas.lay(face, looks.skin, 0.17, lift=0.6)
    _features(canvas, looks, face)
    _hair(canvas, looks)
    return canvas.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _shoulders(canvas: _Canvas, looks: Looks) -> None:
    neck = _curve(
        [(352, 440), (448, 440), (456, 560), (500, 640), (400, 860), (300, 640), (344, 560)]
    )
    canvas.lay(neck, looks.skin, 0.15)
    canvas.soft(_ellipse(408, 500, 92, 60), looks.hair, 16, 0.55, neck)
    left = [(330, 590), (250, 622), (150, 664), (110, 740), (96, 860), (420, 860), (404, 760)]
    right = [(470, 590), (550, 622), (650, 664), (690, 740), (704, 860), (380, 860), (396, 760)]
    canvas.lay(_curve(right), looks.coat, 0.25, lift=0.5)
    canvas.lay(_curve(left), looks.coat, 0.25, lift=0.5)


def _features(canvas: _Canvas, looks: Looks, face: Shape) -> None:
    rouge = looks.lips
    for x in (326, 474):
        canvas.soft(_ellipse(x, 392, 40, 30), rouge, 18, 0.30, face)
    canvas.soft(_ellipse(520, 380, 60, 150), looks.hair, 28, 0.35, face)
    for side in (-1, 1):
        eye = 400 + side * 50
        brow = [(eye - 34, 306 + 3 * side), (eye, 292), (eye + 34, 306 - 3 * side), (eye, 299)]
        canvas.lay(_curve(brow), looks.hair, 0.0)
        lid = [
            (eye - 30, 340),
            (eye - 8, 350),
            (eye + 8, 350),
            (eye + 30, 340),
            (eye + 8, 359),
            (eye - 8, 359),
        ]
        canvas.lay(_curve(lid), looks.hair, 0.0)
    canvas.soft(_curve([(404, 330), (420, 400), (400, 414), (396, 404)]), looks.hair, 5, 0.35, face)
    upper = [(362, 452), (384, 443), (400, 448), (416, 443), (438, 452), (400, 458)]
    lower = [(362, 452), (400, 456), (438, 452), (420, 472), (400, 476), (380, 472)]
    canvas.lay(_curve(lower), looks.lips, 0.2)
    canvas.lay(_curve(upper), looks.lips, 0.3)
    canvas.soft(_ellipse(394, 464, 14, 4), "#ffffff", 3, 0.35, _curve(lower))


def _hair(canvas: _Canvas, looks: Looks) -> None:
    if looks.long_hair:
        left = [(414, 150), (330, 160), (268, 230), (262, 340), (236, 470), (276, 560), (206, 560),
                (180, 420), (196, 270), (262, 150), (350, 116)]  # fmt: skip
        right = [(404, 128), (500, 130), (590, 220), (616, 360), (606, 500), (560, 580), (526, 560),
                 (548, 450), (528, 330), (490, 226), (428, 176)]  # fmt: skip
        canvas.lay(_curve(right), looks.hair, 0.35, lift=0.5)
        canvas.lay(_curve(left), looks.hair, 0.35, lift=0.5)
        return
    crown = [(400, 130), (500, 150), (540, 240), (516, 330), (498, 268), (462, 224), (400, 216),
             (338, 224), (302, 268), (284, 330), (260, 240), (300, 150)]  # fmt: skip
    canvas.lay(_curve(crown), looks.hair, 0.3, lift=0.4)
    beard = [(284, 372), (306, 430), (350, 440), (372, 434), (400, 437), (428, 434), (450, 440),
             (494, 430), (516, 372), (506, 450), (452, 520), (400, 536), (348, 520),
             (294, 450)]  # fmt: skip
    canvas.lay(_curve(beard), looks.hair, 0.3)
    for x in (287, 513):  # sideburns
        canvas.lay(_ellipse(x, 350, 9, 60), looks.hair, 0.1)
    mouth = [
        (368, 462),
        (384, 456),
        (400, 459),
        (416, 456),
        (432, 462),
        (416, 474),
        (400, 477),
        (384, 474),
    ]
    canvas.lay(_curve(mouth), looks.lips, 0.2)
