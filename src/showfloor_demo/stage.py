"""The stage of the stills: a tinted wall, a table, a rising disc, and shadows that fall right.

One art direction for everything: the house is called after dawn and moon, so each picture has its
disc; the tint says which part of the catalogue a thing belongs to.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from showfloor_demo.studio import COARSE, FINE, Layer, Plane, Set, cutout, linear

SAMPLES = 1.8  # of a thing to each px of the picture: enough for smooth edges
GRAIN = 1.3  # film grain, 8-bit steps: keeps gradients from banding in the video


@dataclass(frozen=True, slots=True)
class Tint:
    """Colours of one part of the catalogue, sRGB."""

    wall: str
    table: str
    disc: str
    shade: str  # of the shadows
    ink: str  # of letters on the wall
    detail: float = FINE

    @property
    def scene(self) -> Set:
        return Set(linear(self.wall), linear(self.table), self.detail)


LIPS = Tint("#e6bfae", "#d9a692", "#f2d8ca", "#7a3f35", "#4a201d")
FACE = Tint("#e6d3ba", "#d6bb98", "#f4e8d6", "#7c5a35", "#46301a")
FRAGRANCE = Tint("#c5c0d4", "#aaa3bf", "#e6e1ee", "#453c62", "#2b2445")
TOOLS = Tint("#c4ceba", "#a9b69d", "#e2e8da", "#46553d", "#26331f")
LIME = Tint("#d9d6cc", "#b9ab97", "#edeae2", "#5a4c3c", "#2c2a26")  # the pottery's wall and bench
DUSK = Tint("#8fa5a6", "#7c6a58", "#b3c4c2", "#2d2a26", "#16282a")


def rgb(hex_colour: str) -> tuple[int, int, int]:
    value = int(hex_colour.lstrip("#"), 16)
    return (value >> 16) & 255, (value >> 8) & 255, value & 255


def blend(first: str, second: str, share: float) -> tuple[int, int, int]:
    """`share` of the second colour, the rest of the first."""
    a, b = rgb(first), rgb(second)
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


@lru_cache(maxsize=4)
def _backdrop(
    size: tuple[int, int], tint: Tint, horizon: float, disc: tuple[float, float, float] | None
) -> Image.Image:
    """Wall, disc and table; kept, as a part of the catalogue shares one."""
    width, height = size
    y: Plane = np.arange(height, dtype=np.float32)[:, None]
    x: Plane = np.arange(width, dtype=np.float32)[None, :]
    glow = np.exp(-(((x - width * 0.30) / width) ** 2 + ((y - height * 0.22) / height) ** 2) * 2.6)
    wall: Plane = np.array(rgb(tint.wall), np.float32) * (0.92 + 0.10 * glow)[..., None]
    if disc:
        wall = _with_disc(wall, x, y, tint, disc)
    depth = np.clip((y - horizon) / max(height - horizon, 1), 0, 1)
    table_light = 1.0 + 0.07 * (1 - depth) * np.exp(-(((x - width * 0.42) / width) ** 2) * 5)
    table = np.array(rgb(tint.table), np.float32) * (table_light - 0.05 * depth)[..., None]
    edge = np.clip((y - horizon) / 2.0 + 0.5, 0, 1)[..., None]
    light = wall * (1 - edge) + table * edge
    light += np.random.default_rng(7).normal(0, GRAIN, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(light + 0.5, 0, 255).astype(np.uint8), "RGB")


def _with_disc(
    wall: Plane, x: Plane, y: Plane, tint: Tint, disc: tuple[float, float, float]
) -> Plane:
    cx, cy, radius = disc
    away = np.sqrt((x - cx) ** 2 + (y - cy) ** 2)
    inside = np.clip(radius - away + 0.5, 0, 1)[..., None]
    rise = np.clip((cy + radius - y) / (2 * radius), 0, 1)[..., None]
    face = np.array(rgb(tint.disc), np.float32)
    low = np.array(blend(tint.disc, tint.wall, 0.75), np.float32)
    halo = np.exp(-np.clip(away - radius, 0, None) / (radius * 0.35))[..., None] * 9.0
    return np.asarray((wall + halo) * (1 - inside) + (low + (face - low) * rise) * inside)


class Stage:
    """One picture being set up; things are put from the back to the front."""

    def __init__(
        self,
        size: tuple[int, int],
        tint: Tint,
        horizon: float,
        disc: tuple[float, float, float] | None,
        origin: tuple[float, float],
        zoom: float = 1.0,
    ) -> None:
        """`horizon` (the table's far edge), `disc` (x, y, radius), `origin`: px of the picture.

        Things are placed in units of the scene around `origin`; `zoom` is px to the unit.
        """
        self.size, self.horizon = size, horizon
        self.tint = replace(tint, detail=min(max(SAMPLES * zoom, COARSE), FINE))
        self.origin, self.zoom = origin, zoom
        self.image = _backdrop(size, tint, horizon, disc).copy()

    def darken(self, mask: Image.Image, strength: float) -> None:
        """Lay a shadow of the tint's own shade where the mask is light."""
        mask = mask.point(lambda level: int(level * strength))
        self.image.paste(rgb(self.tint.shade), (0, 0, *self.size), mask)

    def put(self, layer: Layer, shadow: float = 1.0, lean: float = 0.0, scale: float = 1.0) -> None:
        """Put a thing where it was made; `lean` in degrees, to the left if positive."""
        left, _, right, bottom = layer.box
        picture = cutout(layer, self.zoom * scale)
        self.place(picture, ((left + right) / 2, float(bottom)), shadow, lean)

    def place(
        self,
        picture: Image.Image,
        foot: tuple[float, float],
        shadow: float = 1.0,
        lean: float = 0.0,
    ) -> None:
        """Place a cut-out, already in px, with the middle of its lower edge at `foot` (units)."""
        at = (self.origin[0] + foot[0] * self.zoom, self.origin[1] + foot[1] * self.zoom)
        half = picture.height / 2
        turned = picture.rotate(lean, Image.Resampling.BICUBIC, expand=True) if lean else picture
        angle = math.radians(lean)
        corner = (
            round(at[0] - turned.width / 2 - half * math.sin(angle)),
            round(at[1] - turned.height / 2 - half * math.cos(angle)),
        )
        mask = Image.new("L", self.size)
        mask.paste(turned.getchannel("A"), corner)
        box = mask.getbbox()
        if shadow and box:
            # The cut-out of a wide bowl reaches below its narrow foot, which alone is on the table.
            touching = (at[0], float(box[3]))
            self._cast(mask, touching, shadow)
            self._contact(mask, touching, shadow)
        self.image.paste(turned, corner, turned)

    def _cast(self, mask: Image.Image, foot: tuple[float, float], strength: float) -> None:
        """The shadow on the table: the outline laid flat, away from the light."""
        flat, shear = 0.20, 0.62  # px up and px to the right for each px of height
        coarse = 4 if self.zoom >= 0.8 else 2  # a soft shadow needs no more than every 4th px
        small = mask.reduce(coarse)
        base, zoom = (foot[1] - 8 * self.zoom) / coarse, self.zoom / coarse
        laid = small.transform(
            small.size, Image.Transform.AFFINE,
            (1, shear / flat, -shear / flat * base, 0, 1 / flat, base - base / flat),
            Image.Resampling.BILINEAR,
        )  # fmt: skip
        near = laid.filter(ImageFilter.GaussianBlur(9 * zoom))
        far = laid.filter(ImageFilter.GaussianBlur(26 * zoom))
        width, height = small.size
        ramp = np.clip((np.arange(height) - base) / (120 * zoom) * 255 + 255, 0, 255).astype(
            np.uint8
        )
        fade = Image.fromarray(np.repeat(ramp[:, None], width, axis=1), "L")
        shadow = Image.composite(near, far, fade)
        whole = (0, 0, self.size[0] / coarse, self.size[1] / coarse)
        self.darken(shadow.resize(self.size, Image.Resampling.BILINEAR, box=whole), 0.34 * strength)

    def _contact(self, mask: Image.Image, foot: tuple[float, float], strength: float) -> None:
        box = mask.crop((0, round(foot[1]) - 40, self.size[0], round(foot[1]))).getbbox()
        if box is None:
            return
        half = (box[2] - box[0]) / 2
        middle = (box[0] + box[2]) / 2
        drop, soft = half * 0.16, round(22 * self.zoom)
        left, right = middle - half * 0.99, middle + half * 1.03
        upper, lower = foot[1] - drop * 2 - 6, foot[1] + 3
        corner = (round(left) - soft, round(upper) - soft)
        area = (round(right) + soft - corner[0], round(lower) + soft - corner[1])
        touch = Image.new("L", area)
        draw = ImageDraw.Draw(touch)
        at = (left - corner[0], upper - corner[1], right - corner[0], lower - corner[1])
        draw.ellipse(at, fill=255)
        whole = Image.new("L", self.size)
        whole.paste(touch.filter(ImageFilter.GaussianBlur(7 * self.zoom)), corner)
        self.darken(whole, 0.62 * strength)
