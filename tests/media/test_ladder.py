"""The rungs of a source."""

from fractions import Fraction

import pytest

from showfloor.media.encoding.ladder import FRAME_RATES, plan, snap_fps
from showfloor.media.packaging.segmenter import PART_TARGET_S
from showfloor.media.ports import Rung, SourceInfo

LADDER = ((720, 2500), (480, 1200), (360, 700))
FPS_30 = Fraction(30)


def source(width: int, height: int, fps: Fraction = FPS_30) -> SourceInfo:
    return SourceInfo(width, height, fps, has_audio=True)


def test_a_full_hd_source_gets_every_rung() -> None:
    assert plan(source(1920, 1080), LADDER, 30) == (
        Rung("720p", 1280, 720, 2500, FPS_30),
        Rung("480p", 854, 480, 1200, FPS_30),
        Rung("360p", 640, 360, 700, FPS_30),
    )


def test_a_portrait_phone_is_measured_by_its_shorter_side() -> None:
    sizes = [(r.name, r.width, r.height) for r in plan(source(1080, 1920), LADDER, 30)]
    assert sizes == [("720p", 720, 1280), ("480p", 480, 854), ("360p", 360, 640)]


def test_nothing_is_scaled_up() -> None:
    assert [r.name for r in plan(source(854, 480), LADDER, 30)] == ["480p", "360p"]
    assert [r.name for r in plan(source(1278, 718), LADDER, 30)] == ["480p", "360p"]


def test_a_tiny_source_is_encoded_at_its_own_size() -> None:
    assert plan(source(321, 241), LADDER, 30) == (Rung("240p", 320, 240, 313, FPS_30),)


def test_a_square_and_a_wide_source_keep_their_shape() -> None:
    assert [(r.width, r.height) for r in plan(source(1080, 1080), LADDER, 30)] == [
        (720, 720), (480, 480), (360, 360)
    ]  # fmt: skip
    assert [(r.width, r.height) for r in plan(source(2560, 1080), LADDER, 30)] == [
        (1706, 720), (1138, 480), (854, 360)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fps", "limit", "expected"),
    [
        (Fraction(30), 30, 30),
        (Fraction(30000, 1001), 30, 30),
        (Fraction(24000, 1001), 30, 24),
        (Fraction(25), 30, 25),
        (Fraction(60), 30, 30),  # every second frame
        (Fraction(50), 30, 25),
        (Fraction(60), 60, 60),
        (Fraction(15), 30, 30),  # every frame twice
        (Fraction(12), 30, 24),
        (Fraction(5), 30, 25),
        (Fraction(144), 60, 24),  # every sixth frame
        (Fraction(28), 30, 30),
        (Fraction(30), 15, 15),
        (Fraction(25), 10, 10),
    ],
)
def test_frame_rates_are_snapped_to_the_grid(fps: Fraction, limit: int, expected: int) -> None:
    assert snap_fps(fps, limit) == expected


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_every_rate_on_the_grid_fills_its_parts(fps: int) -> None:
    """A part is never longer than the target and, but for the last, at least 85 % of it."""
    duration = Fraction(int(PART_TARGET_S * fps), fps)
    assert PART_TARGET_S * Fraction(85, 100) <= duration <= PART_TARGET_S
