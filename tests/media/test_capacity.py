"""The capacity of a machine: the number of its broadcasts."""

from dataclasses import replace
from pathlib import Path

import pytest

from showfloor.kernel.settings import load
from showfloor.media.encoding.capacity import broadcasts_max, cores, cores_per_broadcast

LADDER = ((720, 2500), (480, 1200), (360, 700))


@pytest.mark.parametrize(
    ("count", "preset", "ladder", "most"),
    [
        (2, "veryfast", LADDER, 2),
        (2, "veryfast", load({}).ladder, 2),
        (1, "veryfast", LADDER, 1),
        (0.5, "veryfast", LADDER, 1),  # never less
        (8, "veryfast", LADDER, 9),
        (8, "ultrafast", LADDER, 16),
        (8, "medium", LADDER, 4),
        (8, "placebo", LADDER, 3),
        (8, "veryfast", ((1080, 4500), *LADDER), 3),
    ],
)
def test_machine_takes_what_its_cores_can_encode(
    count: float, preset: str, ladder: tuple[tuple[int, int], ...], most: int
) -> None:
    settings = replace(load({}), encoder_preset=preset, ladder=ladder)
    assert broadcasts_max(settings, count) == most


def test_setting_overrides_what_is_derived() -> None:
    assert broadcasts_max(load({"SHOWFLOOR_BROADCASTS_MAX": "8"}), 1) == 8


def test_broadcast_costs_what_was_measured() -> None:
    assert cores_per_broadcast(LADDER, 30, "veryfast") == pytest.approx(0.8, abs=0.02)
    assert cores_per_broadcast(LADDER[:1], 30, "veryfast") == pytest.approx(0.45, abs=0.02)


@pytest.mark.parametrize(
    ("text", "share"), [("50000 100000\n", 0.5), ("max 100000\n", None), ("nonsense", None)]
)
def test_share_of_a_container_counts(tmp_path: Path, text: str, share: float | None) -> None:
    cgroup = tmp_path / "cpu.max"
    cgroup.write_text(text)
    assert cores(cgroup) == (share or cores(tmp_path / "missing"))
