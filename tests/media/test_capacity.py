"""The capacity of a machine: whether one more broadcast fits."""

from dataclasses import replace
from pathlib import Path

import pytest

from showfloor.kernel.settings import load
from showfloor.media.encoding.capacity import cores, cores_of, room

LADDER = ((720, 2500), (480, 1200), (360, 700))


WHOLE = [(round(side * side * 16 / 9), 30) for side, _kbps in LADDER]


def most(count: float, preset: str, ladder: tuple[tuple[int, int], ...]) -> int:
    """How many broadcasts of the whole ladder fit."""
    settings = replace(load({}), encoder_preset=preset, ladder=ladder)
    return next(n for n in range(200) if not room(settings, count, [None] * n).fits)


@pytest.mark.parametrize(
    ("count", "preset", "ladder", "expected"),
    [
        (2, "veryfast", LADDER, 2),
        (2, "veryfast", load({}).ladder, 2),
        (1, "veryfast", LADDER, 1),
        (0.5, "veryfast", LADDER, 0),  # the first is taken all the same (`shows.ingest.rules`)
        (8, "veryfast", LADDER, 9),
        (8, "ultrafast", LADDER, 16),
        (8, "medium", LADDER, 4),
        (8, "placebo", LADDER, 3),
        (8, "veryfast", ((1080, 4500), *LADDER), 3),
    ],
)
def test_machine_takes_what_its_cores_can_encode(
    count: float, preset: str, ladder: tuple[tuple[int, int], ...], expected: int
) -> None:
    assert most(count, preset, ladder) == expected


def test_graphics_card_leaves_room_for_more() -> None:
    card = replace(load({}), ladder=LADDER, encoder="nvenc")
    assert room(card, 2, [None]).in_use == pytest.approx(0.2 * 0.8, abs=0.01)


def test_broadcasts_that_run_count_as_what_they_take() -> None:
    settings = replace(load({}), ladder=LADDER)
    assert room(settings, 2, [WHOLE, None]).in_use == pytest.approx(1.6, abs=0.04)
    small = [(640 * 360, 30.0)]
    assert room(settings, 2, [WHOLE, small, []]).fits  # the third is passed through
    assert not room(settings, 2, [WHOLE, WHOLE]).fits
    assert room(settings, 2, [WHOLE, WHOLE], ()).needed == 0.05  # one that sends its own rungs
    assert room(settings, 2, [WHOLE, WHOLE], ()).fits
    full = room(settings, 2, [WHOLE, WHOLE])
    assert not full.fits
    assert str(full) == "one more needs 0.8 cores for encoding, and 0.2 are free"


def test_broadcast_costs_what_was_measured() -> None:
    assert cores_of(WHOLE, 1.0) == pytest.approx(0.8, abs=0.02)
    assert cores_of(WHOLE[:1], 1.0) == pytest.approx(0.45, abs=0.02)


@pytest.mark.parametrize(
    ("text", "share"), [("50000 100000\n", 0.5), ("max 100000\n", None), ("nonsense", None)]
)
def test_share_of_a_container_counts(tmp_path: Path, text: str, share: float | None) -> None:
    cgroup = tmp_path / "cpu.max"
    cgroup.write_text(text)
    assert cores(cgroup) == (share or cores(tmp_path / "missing"))
