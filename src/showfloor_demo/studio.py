"""A small photo studio: light, materials, and things turned on a lathe, as NumPy arrays.

The camera looks a little down (`tilt`), without perspective. A thing is a stack of turned pieces,
so that for each pixel its surface, and with it the normal, is known exactly; no ray is marched.
Light is looked up in the reflected direction in a studio of soft boxes, which is what makes
metal, glass and lacquer look like themselves. All light is linear; `develop` makes a picture of it.

Lengths are pixels of the finished still (1200 wide); y points up from the table's line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

type Plane = NDArray[np.floating[Any]]
type Colour = tuple[float, float, float]

FINE, COARSE = 2.0, 1.0  # samples to the px: of a still, and of what is shown far smaller
TILT = 0.16  # sine of the camera's angle above the table


def linear(hex_colour: str) -> Colour:
    """`#c08a72` in sRGB -> linear red, green, blue, 0–1."""
    value = int(hex_colour.lstrip("#"), 16)
    channels = ((value >> 16) & 255, (value >> 8) & 255, value & 255)
    red, green, blue = ((c / 255.0) ** 2.2 for c in channels)
    return red, green, blue


def smooth(low: float, high: float, x: Plane) -> Plane:
    """0 below `low`, 1 above `high`, with a soft step between."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def window(x: Plane, low: float, high: float, soft: float) -> Plane:
    return smooth(low - soft, low + soft, x) * (1.0 - smooth(high - soft, high + soft, x))


@dataclass(frozen=True, slots=True)
class Material:
    """The answer of a surface to light."""

    colour: Colour
    metal: bool = False
    gloss: float = 0.6  # strength of the clear coat's reflection
    blur: float = 0.06  # softness of reflections: 0.03 polished … 0.4 satin
    clear: float = 0.0  # how much of what is behind shines through
    glow: float = 0.0  # light from inside: thick glass, wax, fluid


@dataclass(frozen=True, slots=True)
class Decal:
    """Print on a turned piece: a mask wrapped `width` px around and `height` px up."""

    mask: Image.Image
    y: float  # middle, from the table
    width: float
    height: float
    colour: Colour
    metal: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One turned part from y0 to y1; `radius` maps heights to radii."""

    y0: float
    y1: float
    radius: Callable[[Plane], Plane]
    material: Material
    cap: Material | None = None  # the disc on top, if it is to be seen
    cut: tuple[float, float] = (0.0, 0.0)  # slope of the top towards the camera, and to the right
    decal: Decal | None = None
    relief: Callable[[Plane, Plane], Plane] | None = None  # pattern on the cap, from disc (u, v)
    grain: Callable[[Plane, Plane], Plane] | None = None  # brightness by (angle, height)
    hollow: bool = False  # the cap is only the rim of a glass


def straight(radius: float) -> Callable[[Plane], Plane]:
    return lambda y: np.full_like(y, radius)


def turned(*points: tuple[float, float]) -> Callable[[Plane], Plane]:
    """A profile through (height, radius) points, eased between them."""
    heights = np.array([p[0] for p in points], np.float32)
    radii = np.array([p[1] for p in points], np.float32)
    fine = np.linspace(heights[0], heights[-1], 400, dtype=np.float32)
    bent = np.interp(fine, heights, radii)
    reach = 31  # of 400 steps: soft shoulders, and still a point on a pencil
    kernel = np.hanning(reach + 2)[1:-1]
    padded = np.pad(bent, reach // 2, mode="edge")
    eased = np.convolve(padded, kernel / kernel.sum(), mode="valid").astype(np.float32)
    return lambda y: np.interp(y, fine, eased).astype(np.float32)


def rounded(
    y0: float, y1: float, radius: float, top: float, bottom: float = 0.0
) -> Callable[..., Plane]:
    """A cylinder whose edges are rounded by `top` and `bottom`."""

    def profile(y: Plane) -> Plane:
        result = np.full_like(y, radius)
        if top:
            t = np.clip((y - (y1 - top)) / top, 0.0, 1.0)
            result = result - top * (1.0 - np.sqrt(1.0 - t * t))
        if bottom:
            t = np.clip(((y0 + bottom) - y) / bottom, 0.0, 1.0)
            result = result - bottom * (1.0 - np.sqrt(1.0 - t * t))
        return result

    return profile


# --- light ---------------------------------------------------------------------------------------


def studio_light(rx: Plane, ry: Plane, rz: Plane, blur: float) -> Plane:
    """Brightness seen in a direction: a big soft box left, a strip right, a veil from above."""
    soft = 0.04 + blur
    key = window(rx, -0.92, -0.42, soft) * window(ry, -0.35, 0.9, soft + 0.06)
    strip = window(rx, 0.62, 0.8, soft * 0.7) * window(ry, -0.5, 0.85, soft + 0.05)
    veil = smooth(0.35, 1.0, ry) * 0.7
    front = window(rx, -0.2, 0.35, 0.25 + blur) * 0.10 * smooth(-0.2, 0.6, rz)
    room = 0.10 + 0.10 * np.clip(ry + 0.4, 0.0, 1.0)
    spread = 1.0 / (1.0 + 1.6 * blur)
    return np.asarray((key * 2.1 + strip * 0.95) * spread + veil + front + room)


@dataclass(frozen=True, slots=True)
class Set:
    """The tinted ground that things stand on; its colour bounces back onto them."""

    wall: Colour
    floor: Colour
    detail: float = FINE  # samples to the px


def shade(
    material: Material, n: tuple[Plane, Plane, Plane], scene: Set, grain: Plane | float = 1.0
) -> Plane:
    """Linear colour of a surface with these normals, seen from the front.

    `grain` brightens or darkens it: one value for each point, or three.
    """
    nx, ny, nz = n
    rx, ry, rz = 2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1
    mirror = studio_light(rx, ry, rz, material.blur)
    below = smooth(0.05, 0.9, -ry)
    floor = np.array(scene.floor, np.float32)
    colour = np.array(material.colour, np.float32)
    if material.metal:
        bounce = below[..., None] * floor * 0.75
        edge = (1.0 - np.clip(nz, 0, 1)) ** 4
        tint = colour + (1.0 - colour) * edge[..., None] * 0.5
        return ((mirror * 1.05)[..., None] + bounce) * tint * _column(grain)
    key = np.clip(nx * -0.62 + ny * 0.42 + nz * 0.66, 0.0, 1.0)
    fill = np.clip(nx * 0.8 + ny * 0.1 + nz * 0.5, 0.0, 1.0)
    bounce = np.clip(-ny * 0.6 + 0.25, 0.0, 1.0)
    light = key * 0.78 + fill * 0.16 + 0.17
    if material.clear:
        light = light * (0.30 + 0.70 * np.clip(nz, 0, 1) ** 0.8)  # thick glass is dark at its edge
    inner = material.glow * (0.35 + 0.65 * nz)
    body = colour * (light + inner)[..., None] * _column(grain)
    body = body + colour * floor * bounce[..., None] * 0.55
    fresnel = 0.05 + 0.95 * (1.0 - np.clip(nz, 0.0, 1.0)) ** 5
    coat = mirror * (fresnel + 0.045) * material.gloss
    return np.asarray(body + coat[..., None])


def _column(grain: Plane | float) -> Plane | float:
    if isinstance(grain, np.ndarray) and grain.shape[-1:] != (3,):
        return grain[..., None]
    return grain


def opacity(material: Material, nx: Plane, ny: Plane, nz: Plane) -> Plane:
    """Return how opaque a surface is: clear glass hides only where it mirrors a lamp."""
    if not material.clear:
        return np.ones_like(nz)
    mirror = studio_light(2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1, material.blur)
    shine = np.clip((mirror - 0.45) * 0.34, 0, 0.55)
    return np.asarray(np.clip(1.0 - material.clear * np.clip(nz, 0, 1) ** 0.5 + shine, 0, 1))


# --- the lathe -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Layer:
    """A thing alone: linear colour (not multiplied) and coverage, `detail` samples to the px."""

    colour: Plane
    cover: Plane
    box: tuple[int, int, int, int]  # left, top, right, bottom on the still, px


@dataclass(frozen=True, slots=True)
class _View:
    x: Plane  # from the axis, px
    y: Plane  # from the table, px
    tilt: float


def _samples(begin: int, end: int, detail: float) -> Plane:
    """Return where the samples between two px lie."""
    count = round((end - begin) * detail)
    return begin + (np.arange(count, dtype=np.float32) + 0.5) * np.float32((end - begin) / count)


def turn(pieces: Sequence[Piece], scene: Set, at: tuple[float, float], tilt: float = TILT) -> Layer:
    """Turn pieces, from the lowest to the highest, and place their foot's middle at `at`."""
    heights = np.linspace(0, 1, 64, dtype=np.float32)
    widest = max(float(p.radius(p.y0 + (p.y1 - p.y0) * heights).max()) for p in pieces)
    top = max(p.y1 + widest * (tilt + abs(p.cut[0]) + abs(p.cut[1])) for p in pieces)
    left, right = int(at[0] - widest - 3), int(at[0] + widest + 4)
    upper, lower = int(at[1] - top - 4), int(at[1] + widest * tilt + 5)
    xs = _samples(left, right, scene.detail) - at[0]
    ys = at[1] - _samples(upper, lower, scene.detail)
    x, y = np.meshgrid(xs, ys)
    layer = Layer(
        np.zeros((*x.shape, 3), np.float32), np.zeros_like(x), (left, upper, right, lower)
    )
    for piece in pieces:
        reach = float(piece.radius(piece.y0 + (piece.y1 - piece.y0) * heights).max())
        slope = tilt + abs(piece.cut[0]) + abs(piece.cut[1])
        inside = (ys >= piece.y0 - reach * tilt - 2) & (ys <= piece.y1 + reach * slope + 2)
        rows = np.nonzero(inside)[0]
        band = slice(int(rows[0]), int(rows[-1]) + 1)
        _turn_one(piece, _View(x[band], y[band], tilt), layer, band, scene)
    return layer


def _turn_one(piece: Piece, view: _View, layer: Layer, band: slice, scene: Set) -> None:
    x, y, tilt = view.x, view.y, view.tilt
    height, depth = y, np.zeros_like(y)  # of the point seen: solved by stepping
    for _ in range(5):
        r = piece.radius(np.clip(height, piece.y0, piece.y1))
        depth = np.sqrt(np.clip(r * r - x * x, 0.0, None))
        height = np.asarray(y + tilt * depth)
    r = piece.radius(np.clip(height, piece.y0, piece.y1))
    towards, right = piece.cut
    roof = piece.y1 - towards * depth - right * x
    side = (np.abs(x) < r) & (height >= piece.y0) & (height <= roof)
    x, height, r = x[side], height[side], r[side]  # from here on only what is seen of it
    slope = (piece.radius(np.clip(height + 1, piece.y0, piece.y1)) - r).clip(-6, 6)
    nx = np.clip(x / np.maximum(r, 1e-3), -1, 1)
    nz = np.sqrt(np.clip(1 - nx * nx, 0, 1))
    normal = _unit(nx, -slope + tilt * nz, nz)
    grain = piece.grain(np.arcsin(nx), height) if piece.grain else 1.0
    colour = shade(piece.material, normal, scene, grain)
    colour = colour * (0.70 + 0.30 * smooth(-2.0, 16.0, height - piece.y0))[..., None]  # the joint
    cover = opacity(piece.material, *normal)
    if piece.decal:
        ink = _ink(piece.decal, np.arcsin(nx) * r, height)
        paint = Material(piece.decal.colour, metal=piece.decal.metal, gloss=0.2, blur=0.2)
        colour = colour * (1 - ink[..., None]) + shade(paint, normal, scene) * ink[..., None]
        cover = np.maximum(cover, ink)
    _put(layer, band, side, colour, cover)
    if piece.cap:
        _put_cap(piece, piece.cap, view, layer, band, scene)


def _unit(nx: Plane, ny: Plane, nz: Plane) -> tuple[Plane, Plane, Plane]:
    length = np.sqrt(nx * nx + ny * ny + nz * nz)
    return nx / length, ny / length, nz / length


def _put_cap(
    piece: Piece, cap: Material, view: _View, layer: Layer, band: slice, scene: Set
) -> None:
    towards, right = piece.cut
    radius = float(piece.radius(np.array([piece.y1], np.float32))[0])
    flat = view.tilt + towards
    u = view.x / max(radius, 1e-3)
    v = (view.y - piece.y1 + right * view.x) / max(radius * flat, 1e-3)
    disc = u * u + v * v < 1.0
    if piece.hollow:
        disc &= (u / 0.972) ** 2 + (v / 0.95) ** 2 > 1.0
    height = piece.relief(u, v) if piece.relief else np.zeros_like(u)
    gy, gx = np.gradient(height) if piece.relief else (height, height)
    steep = 4.5 * scene.detail
    u, v = u[disc], v[disc]
    rim = smooth(0.90, 1.0, np.sqrt(u * u + v * v))  # the rounded edge catches the light
    nx = right + u * rim * 0.8 - gx[disc] * steep
    ny = 1.0 + v * rim * 0.3
    nz = towards + view.tilt - v * rim * 0.6 + gy[disc] * steep
    unit = _unit(nx, ny, nz)
    normal = (unit[0], unit[1], np.clip(unit[2], 0.05, 1))
    colour = shade(cap, normal, scene, np.asarray(1.0 + 0.10 * height[disc]))
    _put(layer, band, disc, colour, 0.85 if piece.hollow else 1.0 - cap.clear)


def _ink(decal: Decal, around: Plane, height: Plane) -> Plane:
    """Return the strength of the print, 0–1; `around`: px round the piece from its middle."""
    mask = np.asarray(decal.mask.convert("L"), np.float32) / 255.0
    rows, columns = mask.shape
    u = ((around / decal.width + 0.5) * columns).astype(np.int32)
    v = ((0.5 - (height - decal.y) / decal.height) * rows).astype(np.int32)
    on = (u >= 0) & (u < columns) & (v >= 0) & (v < rows)
    return np.where(on, mask[np.clip(v, 0, rows - 1), np.clip(u, 0, columns - 1)], 0.0)


def _put(
    layer: Layer,
    band: slice,
    where: NDArray[np.bool_],
    colour: Plane,
    cover: Plane | float,
) -> None:
    """Lay a surface, given only where it is seen, over what the layer holds already."""
    under, behind = layer.colour[band][where], layer.cover[band][where]
    rest = behind * (1 - cover)
    total = cover + rest
    share = (cover / np.maximum(total, 1e-6))[..., None]
    layer.colour[band][where] = colour * share + under * (1 - share)
    layer.cover[band][where] = total


def slab(
    scene: Set,
    foot: tuple[float, float],
    size: tuple[float, float],
    corner: float,
    bevel: float,
    material: Material,
    bulge: float = 0.0,
) -> Layer:
    """A flat thing facing the camera, with round corners and a rounded edge `bevel` px wide.

    `bulge` curves its front like a lens: 0 is flat, 1 half a ball.
    """
    width, height = size
    left, top = int(foot[0] - width / 2 - 3), int(foot[1] - height - 3)
    right, bottom = int(foot[0] + width / 2 + 4), int(foot[1] + 4)
    xs = _samples(left, right, scene.detail) - foot[0]
    ys = foot[1] - _samples(top, bottom, scene.detail) - height / 2
    x, y = np.meshgrid(xs, ys)
    qx, qy = np.abs(x) - width / 2 + corner, np.abs(y) - height / 2 + corner
    ox, oy = np.maximum(qx, 0), np.maximum(qy, 0)
    outer = np.sqrt(ox * ox + oy * oy)
    distance = outer + np.minimum(np.maximum(qx, qy), 0) - corner  # below 0 inside
    straight_x = (qx > qy).astype(np.float32)
    gx = np.where(outer > 0, ox / np.maximum(outer, 1e-4), straight_x) * np.sign(x)
    gy = np.where(outer > 0, oy / np.maximum(outer, 1e-4), 1 - straight_x) * np.sign(y)
    t = np.clip(1 + distance / bevel, 0, 0.98)
    nx = np.clip(gx * t + bulge * x / (width / 2), -0.99, 0.99)
    ny = np.clip(gy * t + 0.04 + bulge * 0.6 * y / (height / 2), -0.99, 0.99)
    nz = np.sqrt(np.clip(1 - nx * nx - ny * ny, 0.02, 1))
    colour = shade(material, (nx, ny, nz), scene)
    length = np.sqrt(nx * nx + ny * ny + nz * nz)
    seen = opacity(material, nx / length, ny / length, nz / length)
    cover = np.where(distance < 0, seen, 0.0).astype(np.float32)
    return Layer(colour.astype(np.float32), cover, (left, top, right, bottom))


# --- the print -----------------------------------------------------------------------------------


def develop(light: Plane) -> NDArray[np.uint8]:
    """Linear light -> 8-bit sRGB, with a soft shoulder so that highlights do not clip hard."""
    soft = np.where(light < 0.7, light, 0.7 + 0.3 * (1 - np.exp(-(light - 0.7) / 0.3)))
    return (np.clip(soft, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def cutout(layer: Layer, scale: float = 1.0) -> Image.Image:
    """The layer as an RGBA picture of its box, `scale` px to the scene's unit."""
    alpha = (np.clip(layer.cover, 0, 1) * 255 + 0.5).astype(np.uint8)
    picture = Image.fromarray(np.dstack([develop(layer.colour), alpha]), "RGBA")
    left, top, right, bottom = layer.box
    size = (round((right - left) * scale), round((bottom - top) * scale))
    return picture.resize(size, Image.Resampling.BOX if scale <= 1 else Image.Resampling.LANCZOS)
