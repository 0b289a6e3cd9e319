"""The frames of the demo's films: the camera's moves, cross-fades, and letters that come and go.

A frame is drawn as the three planes that the encoder takes (4:2:0, BT.709, limited range). A scene
is turned into planes once; each frame then resizes half the samples that red, green and blue
would have, and FFmpeg has nothing to convert.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import pi, sin
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from showfloor_demo.film import Box, Film, Shot

FADE_S = 0.9
LETTERS_IN_S, LETTERS_OUT_S = 0.7, 0.5
RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722  # shares of brightness, BT.709


type Samples = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Planes:
    """A picture as brightness and, half as wide and high, two differences of colour."""

    y: Image.Image
    u: Image.Image
    v: Image.Image

    @classmethod
    def of(cls, picture: Image.Image) -> Self:
        """Return the planes of an RGB picture, or of letters on nothing (RGBA)."""
        small = picture.resize(
            ((picture.width + 1) // 2, (picture.height + 1) // 2), Image.Resampling.BOX
        )
        y, _red, _blue = _signals(picture)
        light, red, blue = _signals(small)
        return cls(
            _plane(y * (219 / 255) + 16),
            _plane((blue - light) * (224 / 255 / (2 - 2 * BLUE)) + 128),
            _plane((red - light) * (224 / 255 / (2 - 2 * RED)) + 128),
        )

    def view(self, box: tuple[float, float, float, float], size: tuple[int, int]) -> "Planes":
        """Return what is in `box`, at another size."""
        left, top, right, bottom = (side / 2 for side in box)
        return Planes(
            self.y.resize(size, Image.Resampling.BILINEAR, box=box),
            *(
                plane.resize(
                    (size[0] // 2, size[1] // 2),
                    Image.Resampling.BILINEAR,
                    box=(left, top, min(right, plane.width), min(bottom, plane.height)),
                )
                for plane in (self.u, self.v)
            ),
        )

    def faded(self, later: "Planes", share: float) -> "Planes":
        """Return a mixture with another picture; `share` is how much of that is seen."""
        return Planes(
            Image.blend(self.y, later.y, share),
            Image.blend(self.u, later.u, share),
            Image.blend(self.v, later.v, share),
        )

    def tobytes(self) -> bytes:
        """Return the samples as FFmpeg's `yuv420p`."""
        return b"".join(plane.tobytes() for plane in (self.y, self.u, self.v))


def _signals(picture: Image.Image) -> tuple[Samples, Samples, Samples]:
    """Return brightness, red and blue of each pixel, 0–255."""
    colours = np.asarray(picture.convert("RGB"), np.float32)
    red, green, blue = (colours[..., n] for n in range(3))
    return red * RED + green * GREEN + blue * BLUE, red, blue


def _plane(samples: Samples) -> Image.Image:
    return Image.fromarray((samples + 0.5).astype(np.uint8), "L")


@dataclass(frozen=True, slots=True)
class _Letters:
    """Lettering as planes, with how opaque each sample is, and where its corner lies."""

    ink: Planes
    mask: Image.Image
    small_mask: Image.Image
    at: tuple[int, int]

    def paste(self, frame: Planes, strength: float) -> None:
        mask, small = self.mask, self.small_mask
        if strength < 1:
            mask = mask.point(lambda level: int(level * strength))
            small = small.point(lambda level: int(level * strength))
        half = (self.at[0] // 2, self.at[1] // 2)
        frame.y.paste(self.ink.y, self.at, mask)
        frame.u.paste(self.ink.u, half, small)
        frame.v.paste(self.ink.v, half, small)


def _letters(page: Image.Image) -> _Letters | None:
    area = page.getbbox()
    if area is None:
        return None
    left, top = area[0] // 2 * 2, area[1] // 2 * 2
    right, bottom = -(-area[2] // 2) * 2, -(-area[3] // 2) * 2
    cut = page.crop((left, top, right, bottom))
    mask = cut.getchannel("A")
    small = mask.resize((cut.width // 2, cut.height // 2), Image.Resampling.BOX)
    return _Letters(Planes.of(cut), mask, small, (left, top))


@lru_cache(maxsize=3)
def _drawn(shot: Shot) -> tuple[Planes, _Letters | None]:
    return Planes.of(shot.scene()), _letters(shot.letters()) if shot.letters else None


def _ease(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _window(film: Film, shot: Shot, at_s: float) -> Box:
    """Return the camera's view, `at_s` after the cut."""
    t = _ease(0.5 * (at_s + FADE_S) / (shot.long_s + FADE_S) + 0.25) * 2 - 0.3125  # gentle ends
    t = min(max(t, 0.0), 1.375) / 1.375
    x, y, share = (a + (b - a) * t for a, b in zip(shot.begin, shot.end, strict=True))
    if film.sway:
        x += film.sway * (sin(at_s * 1.3) + 0.5 * sin(at_s * 2.9 + 1))
        y += film.sway * (sin(at_s * 1.1 + 2) + 0.6 * sin(at_s * 2.3))
        share += film.sway * 0.6 * (sin(at_s * 0.7 * pi) - 1)
    return x, y, share


def _picture(film: Film, index: int, at_s: float) -> Planes:
    """One shot, `at_s` after its cut: the camera's move, then the letters on top."""
    shot = film.shots[index]
    scene, letters = _drawn(shot)
    x, y, share = _window(film, shot, at_s)
    width, height = scene.y.size
    wide, high = width * share, height * share
    left = min(max(x * width - wide / 2, 0), width - wide)
    top = min(max(y * height - high / 2, 0), height - high)
    frame = scene.view((left, top, left + wide, top + high), film.size)
    strength = _ease((at_s - 0.2) / LETTERS_IN_S) * _ease((shot.long_s - at_s) / LETTERS_OUT_S)
    if letters is not None and strength > 0:
        letters.paste(frame, strength)
    return frame


def frame(film: Film, number: int) -> Planes:
    """Return frame `number` of the loop; the last shot fades into the first."""
    index, into = 0, number / film.fps
    while into >= film.shots[index].long_s:
        into -= film.shots[index].long_s
        index += 1
    picture = _picture(film, index, into)
    if into < FADE_S:
        before = (index - 1) % len(film.shots)
        last = _picture(film, before, film.shots[before].long_s + into)
        picture = last.faded(picture, _ease(into / FADE_S))
    return picture
