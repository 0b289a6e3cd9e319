"""The plan of pass-through: which of a source's pictures become rungs as they are. Pure.

A picture that is passed through is not decoded here, so it has to be as our own encoder would make
it: H.264 that every player decodes, decoded in the order in which it is shown, a whole number of
frames per second, and a key frame every two seconds in all pictures at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import count
from typing import Final

from showfloor.media.encoding import ladder
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.packets import VideoTrack
from showfloor.media.ports import Rung, SourceInfo

PROFILES: Final = frozenset({66, 77, 100})  # baseline, main, high: 8 bits, 4:2:0
RATES: Final = frozenset(rate for rate in ladder.FRAME_RATES if rate >= 24)
RATE_EXACT: Final = Fraction(1, 2000)  # 30000/1001 is no 30: it would drift off the grid
SHAPE_WITHIN: Final = 0.02
KBPS_OVER: Final = 1.25  # times the rung's: more than that and the playlist promises too little
KBPS_LEAST: Final = 100


class Unfit(StrEnum):
    """The rule that a picture breaks. Its words are in `site.stream_words`."""

    CODEC = "codec"
    PROFILE = "profile"
    SIZE = "size"
    FRAME_RATE = "frame-rate"
    BITRATE = "bitrate"
    REORDERED = "b-frames"
    KEY_FRAMES = "key-frames"
    GAPS = "gaps"
    TRACK = "track"  # an announced picture that does not come


@dataclass(frozen=True, slots=True)
class PassPlan:
    """`rungs`: the whole ladder, the best first; `places`: the rung that a picture becomes, by the
    number of its track. The other rungs are encoded."""

    rungs: tuple[Rung, ...]
    places: Mapping[int, int]

    @property
    def encoded(self) -> Sequence[int]:
        """Return the indices of the rungs that have to be encoded."""
        passed = set(self.places.values())
        return [index for index in range(len(self.rungs)) if index not in passed]


def plan_top(
    source: SourceInfo, picture: VideoTrack, rungs: Sequence[Rung], claimed_kbps: int | None
) -> PassPlan | Unfit:
    """Return how a source's one picture becomes the top rung of the ladder that is planned for it,
    or why it can't."""
    top = rungs[0]
    if (unfit := _unfit(picture)) is not None:
        return unfit
    if (source.width, source.height) != (top.width, top.height):
        return Unfit.SIZE
    if not _is_exact(_rate(source, picture), top.fps):
        return Unfit.FRAME_RATE
    if claimed_kbps is not None and claimed_kbps > top.kbps * KBPS_OVER:
        return Unfit.BITRATE
    return PassPlan(tuple(rungs), {picture.number: 0})


def plan_all(
    source: SourceInfo, pictures: Sequence[VideoTrack], steps: Sequence[tuple[int, int]],
    claimed_kbps: Mapping[int, int],
) -> PassPlan | Unfit:  # fmt: skip
    """Return how a source's several pictures become the whole ladder, or why they can't.

    `steps`: (pixels of the shorter side, kbit/s) of the ladder; they stand in where the source
    claims no bit rate.
    """
    assert pictures[0].number == 0
    told = _rate(source, pictures[0])
    fps = next((Fraction(rate) for rate in RATES if _is_exact(told, Fraction(rate))), None)
    unfit = next((found for one in pictures if (found := _unfit(one)) is not None), None)
    if unfit is not None:
        return unfit
    if fps is None:
        return Unfit.FRAME_RATE
    if not all(_is_alike(pictures[0], one) for one in pictures):
        return Unfit.SIZE
    best_first = sorted(pictures, key=lambda one: -one.config.height * one.config.width)
    rungs = [_rung(one, fps, steps, claimed_kbps) for one in best_first]
    places = {one.number: index for index, one in enumerate(best_first)}
    return PassPlan(_named_apart(rungs), places)


def _unfit(picture: VideoTrack) -> Unfit | None:
    config = picture.config
    if not isinstance(config, AvcConfig):
        return Unfit.CODEC
    if config.profile not in PROFILES:
        return Unfit.PROFILE
    return Unfit.SIZE if config.width % 2 or config.height % 2 else None


def _rate(source: SourceInfo, picture: VideoTrack) -> Fraction:
    """Return the frame rate that the stream itself names, or else that of the source's claim, which
    FFmpeg derives from two stamps in milliseconds."""
    return picture.config.frame_rate or source.fps


def _is_exact(rate: Fraction, wanted: Fraction) -> bool:
    return abs(rate - wanted) <= wanted * RATE_EXACT


def _is_alike(main: VideoTrack, other: VideoTrack) -> bool:
    """Return whether two pictures have one shape."""
    ratio = main.config.width * other.config.height / (main.config.height * other.config.width)
    return abs(ratio - 1) < SHAPE_WITHIN


def _rung(
    picture: VideoTrack, fps: Fraction, steps: Sequence[tuple[int, int]], claimed: Mapping[int, int]
) -> Rung:
    config = picture.config
    side = min(config.width, config.height)
    top_side, top_kbps = max(steps)
    estimate = max(KBPS_LEAST, top_kbps * side**2 // top_side**2)
    kbps = claimed.get(picture.number) or dict(steps).get(side, estimate)
    return Rung(f"{side}p", config.width, config.height, kbps, fps)


def _named_apart(rungs: Sequence[Rung]) -> tuple[Rung, ...]:
    """Return the rungs with names of their own: two may have one size and different bit rates."""
    names: set[str] = set()
    apart = []
    for rung in rungs:
        name = rung.name
        for number in count(2):
            if name not in names:
                break
            name = f"{rung.name}-{number}"
        names.add(name)
        apart.append(replace(rung, name=name))
    return tuple(apart)
