"""Where the portrait part of a landscape picture lies while it follows whoever speaks.

Pure decisions. What draws the eye is known as one number for each column of a small picture, a few
times a second. The crop stands still while its subject stays inside it: a crop that follows every
nod is harder to watch than one that is a little off.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

LOOKS_PER_S: Final = 4
STILL_SHARE: Final = 0.12  # of the crop's width: a subject that is off by less moves nothing
STAYS_LOOKS: Final = 3  # looks for which the subject is elsewhere before the crop sets out
SPEED_PER_S: Final = 0.45  # of the picture's width: the fastest pan
EASE_PER_LOOK: Final = 0.35  # of the way that is left: the pan slows down before it arrives
OTHER_PICTURE: Final = 0.22  # of full brightness, on average: a cut to another camera


@dataclass(frozen=True, slots=True)
class Look:
    """One small picture. `columns`: what draws the eye, from 0 to 1, from left to right.
    `change`: the mean difference to the look before, from 0 to 1."""

    columns: Sequence[float]
    change: float


@dataclass(frozen=True, slots=True)
class CropPosition:
    """From `at_s` on the crop's left edge is at `left`, a share of the picture's width."""

    at_s: float
    left: float


def crop_path(looks: Iterable[Look], share: float) -> list[CropPosition]:
    """Return the way of a crop that is `share` of the picture wide. Between two points it moves
    evenly. Two points at one moment are a jump: with a cut of the camera, and to a subject that has
    left the crop altogether, because a pan over an empty wall shows nobody."""
    left: float | None = None
    elsewhere = 0
    points: list[CropPosition] = []
    for number, look in enumerate(looks):
        at_s = number / LOOKS_PER_S
        wanted = _best_left(look.columns, share, left)
        if left is None:
            left = wanted
            points.append(CropPosition(at_s, left))
            continue
        if look.change > OTHER_PICTURE:
            points += [CropPosition(at_s, left), CropPosition(at_s, wanted)]
            left, elsewhere = wanted, 0
            continue
        is_off = abs(wanted - left) > STILL_SHARE * share
        elsewhere = elsewhere + 1 if is_off else 0
        if elsewhere >= STAYS_LOOKS and abs(wanted - left) >= share:
            points.append(CropPosition(at_s, left))
            left = wanted
        elif elsewhere >= STAYS_LOOKS:
            left = _step(left, wanted)
        points.append(CropPosition(at_s, left))
    return _without_rests(points)


def _best_left(columns: Sequence[float], share: float, now: float | None) -> float:
    """Return the left edge at which most of what draws the eye is inside, weighed so that it is in
    the middle; where nothing does, the crop stays, or begins in the middle."""
    total = sum(columns)
    if total <= 0:
        return (1 - share) / 2 if now is None else now
    width = max(1, round(share * len(columns)))
    places = range(len(columns) - width + 1)
    best = max(places, key=lambda first: _weight(columns, first, width))
    inside = columns[best : best + width]
    mass = sum(inside)
    if mass <= 0:
        return (1 - share) / 2 if now is None else now
    middle = sum((best + n + 0.5) * one for n, one in enumerate(inside)) / mass
    return min(max(middle / len(columns) - share / 2, 0.0), 1 - share)


def _weight(columns: Sequence[float], first: int, width: int) -> float:
    """Return what a crop has inside; what is at its edges counts half."""
    half = (width - 1) / 2 or 1
    return sum(
        columns[first + n] * (1 - 0.5 * abs(n - (width - 1) / 2) / half) for n in range(width)
    )


def _step(left: float, wanted: float) -> float:
    most = SPEED_PER_S / LOOKS_PER_S
    return left + min(max((wanted - left) * EASE_PER_LOOK, -most), most)


def _without_rests(points: Sequence[CropPosition]) -> list[CropPosition]:
    """Leave out points in the middle of a rest: a half-hour's way is mostly rests."""
    return [
        point for n, point in enumerate(points)
        if not 0 < n < len(points) - 1
        or not points[n - 1].left == point.left == points[n + 1].left
    ]  # fmt: skip
