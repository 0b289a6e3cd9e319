"""The ladder of a source: its rungs. Pure; the same source always gives the same ladder."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from showfloor.media.ports import Rung, SourceInfo

# Frame rates of which a whole number of frames lasts exactly 2 s and for which a part of
# floor(0.334 * fps) frames fills at least 85 % of the part target. The four lowest are used
# only when the operator's limit is below 24.
FRAME_RATES: Final = (10, 12, 15, 20, 24, 25, 30, 50, 60)
_LOWEST_WANTED: Final = 24
AUDIO_KBPS: Final = 128  # in every rung
_CLOSE: Final = Fraction(1, 50)  # 29.97 counts as 30, 23.976 as 24


def snap_fps(source: Fraction, max_fps: int) -> Fraction:
    """Return the rungs' frame rate for a source: on the grid and at most `max_fps`. For even
    motion it is a whole multiple or fraction of the source's rate, if there is such a one."""
    allowed = [rate for rate in FRAME_RATES if rate <= max_fps] or [FRAME_RATES[0]]
    wanted = [rate for rate in allowed if rate >= _LOWEST_WANTED] or allowed[-1:]
    for rate in wanted:
        if rate >= source * (1 - _CLOSE) and _is_whole(rate / source):
            return Fraction(rate)
    for rate in reversed(wanted):
        if _is_whole(source / rate):
            return Fraction(rate)
    faster = [rate for rate in wanted if rate >= source]
    return Fraction(faster[0] if faster else wanted[-1])


def _is_whole(ratio: Fraction) -> bool:
    nearest = round(ratio)
    return nearest >= 1 and abs(ratio - nearest) <= nearest * _CLOSE


def bytes_per_s(ladder: Sequence[tuple[int, int]]) -> float:
    """Return the rate at which a recording of all rungs fills the disk."""
    return sum(kbps + AUDIO_KBPS for _side, kbps in ladder) * 1000 / 8


def plan(source: SourceInfo, ladder: Sequence[tuple[int, int]], max_fps: int) -> tuple[Rung, ...]:
    """Return the rungs for a source, best first: never above its size, in its shape, even sides.

    `ladder`: (pixels of the shorter side, kbit/s), highest first. A source below the lowest rung
    is encoded once, at its own size.
    """
    fps = snap_fps(source.fps, max_fps)
    shorter = min(source.width, source.height)
    rungs = [
        Rung(f"{side}p", _scaled(source.width, side, shorter),
             _scaled(source.height, side, shorter), kbps, fps)
        for side, kbps in ladder
        if side <= shorter
    ]  # fmt: skip
    if rungs:
        return tuple(rungs)
    lowest_side, lowest_kbps = min(ladder)
    side = max(2, shorter // 2 * 2)
    kbps = max(100, lowest_kbps * shorter**2 // lowest_side**2)
    width, height = _scaled(source.width, side, shorter), _scaled(source.height, side, shorter)
    return (Rung(f"{side}p", width, height, kbps, fps),)


def _scaled(length: int, side: int, shorter: int) -> int:
    """Return the even number of pixels nearest to `length` scaled by side/shorter."""
    return max(2, round(Fraction(length * side, shorter * 2)) * 2)
