"""The capacity of this machine: the number of broadcasts that it can encode at once."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from showfloor.kernel.settings import Settings

# Measured: 1280 × 720 with sensor noise at 30 frames/s into 720p, 480p and 360p by `veryfast` took
# 0.75–0.8 of a core, 720p alone 0.45, decoding and sound among it: 60 million pixels a second.
PIXELS_PER_CORE_S: Final = 60e6
PRESET_COST: Final = {
    "ultrafast": 0.55, "superfast": 0.8, "veryfast": 1.0, "faster": 1.6, "fast": 1.9, "medium": 2.3,
}  # fmt: skip
UNKNOWN_PRESET_COST: Final = 3.0
ENCODING_SHARE: Final = 0.9  # of all cores; the rest serves viewers and the shop
ASPECT: Final = 16 / 9
CGROUP: Final = Path("/sys/fs/cgroup/cpu.max")


def broadcasts_max(settings: Settings, cores: float) -> int:
    """Return the setting, or else the number that the cores can encode; at least one."""
    if settings.broadcasts_max:
        return settings.broadcasts_max
    cost = cores_per_broadcast(settings.ladder, settings.max_fps, settings.encoder_preset)
    return max(1, int(cores * ENCODING_SHARE / cost))


def cores_per_broadcast(ladder: Sequence[tuple[int, int]], max_fps: int, preset: str) -> float:
    """Return the cores that one broadcast may take, for a source of the ladder's height."""
    pixels = sum(side * side * ASPECT for side, _kbps in ladder)
    return pixels * max_fps / PIXELS_PER_CORE_S * PRESET_COST.get(preset, UNKNOWN_PRESET_COST)


def cores(cgroup: Path = CGROUP) -> float:
    """Return the cores that this process may use: the machine's, or its container's share."""
    count = float(len(os.sched_getaffinity(0)))
    try:
        quota, _, period = cgroup.read_text("utf-8").partition(" ")
        return min(count, int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # no container, or "max": no share
        return count
