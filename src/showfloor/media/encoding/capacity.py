"""The capacity of this machine: whether it can encode one more broadcast."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, override

from showfloor.kernel.settings import Settings

# Measured: 1280 × 720 with sensor noise at 30 frames/s into 720p, 480p and 360p by `veryfast` took
# 0.75–0.8 of a core, 720p alone 0.45, decoding and sound among it: 60 million pixels a second.
PIXELS_PER_CORE_S: Final = 60e6
PRESET_COST: Final = {
    "ultrafast": 0.55, "superfast": 0.8, "veryfast": 1.0, "faster": 1.6, "fast": 1.9, "medium": 2.3,
}  # fmt: skip
UNKNOWN_PRESET_COST: Final = 3.0
# Where a graphics card encodes, decoding, scaling and the sound stay here: a third of `ultrafast`.
HARDWARE_COST: Final = 0.2
PASSED_CORES: Final = 0.05  # of a broadcast whose pictures are all passed through, at most
ENCODING_SHARE: Final = 0.9  # of all cores; the rest serves viewers and the shop
ASPECT: Final = 16 / 9
CGROUP: Final = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True, slots=True)
class Room:
    """The cores that may encode, those that encode now, and those that one more broadcast needs."""

    may_use: float
    in_use: float
    needed: float

    @property
    def fits(self) -> bool:
        return self.in_use + self.needed <= self.may_use

    @override
    def __str__(self) -> str:
        free = max(0.0, self.may_use - self.in_use)
        return f"one more needs {self.needed:.1f} cores for encoding, and {free:.1f} are free"


type Encoding = Sequence[tuple[int, float]] | None


def room(
    settings: Settings, cores: float, encoding: Iterable[Encoding], one_more: Encoding = None
) -> Room:
    """Return the room on so many cores. `encoding`: for each broadcast the pixels and the frame
    rate of each rung that is encoded here; None where its source is not known yet, which may take
    all of the ladder. `one_more`: the same of the broadcast that wants in."""
    cost = cost_of(settings)
    whole = cores_of(
        [(round(side * side * ASPECT), settings.max_fps) for side, _kbps in settings.ladder], cost
    )

    def takes(rungs: Encoding) -> float:
        return whole if rungs is None else max(PASSED_CORES, cores_of(rungs, cost))

    return Room(cores * ENCODING_SHARE, sum(map(takes, encoding)), takes(one_more))


def cost_of(settings: Settings) -> float:
    """Return what the chosen encoder costs, to `veryfast`."""
    if settings.encoder != "x264":
        return HARDWARE_COST
    return PRESET_COST.get(settings.encoder_preset, UNKNOWN_PRESET_COST)


def cores_of(rungs: Sequence[tuple[int, float]], cost: float) -> float:
    """Return the cores that encoding these rungs may take: (pixels of a frame, frames/s). `cost`:
    the encoder's, to that of `veryfast`."""
    return sum(pixels * fps for pixels, fps in rungs) / PIXELS_PER_CORE_S * cost


def cores(cgroup: Path = CGROUP) -> float:
    """Return the cores that this process may use: the machine's, or its container's share."""
    count = float(len(os.sched_getaffinity(0)))
    try:
        quota, _, period = cgroup.read_text("utf-8").partition(" ")
        return min(count, int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # no container, or "max": no share
        return count
