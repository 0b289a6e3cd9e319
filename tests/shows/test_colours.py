"""Whatever accent a brand chooses, it can be read (WCAG 2.2: 1.4.3, 1.4.11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.site import colours

PAPERS = {False: ["#faf7f2", "#ffffff", "#f2ede5"], True: ["#171310", "#1f1a16", "#2a231e"]}


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:], 16)


def ratio(one: str, other: str) -> float:
    return colours.contrast(rgb(one), rgb(other))


def test_black_on_white_is_21() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21.0)


@given(st.integers(min_value=0, max_value=0xFFFFFF), st.booleans())
def test_any_accent_is_readable(number: int, dark: bool) -> None:
    made = colours.accent(f"#{number:06x}", dark=dark)
    assert ratio(made.hover, made.on_fill) >= ratio(made.fill, made.on_fill) >= 4.5
    for paper in PAPERS[dark]:
        assert ratio(made.ink, paper) >= 4.5
        assert ratio(made.fill, paper) >= 3.0


def test_a_readable_accent_is_left_as_it_is() -> None:
    assert colours.accent("#8c2f39", dark=False) == colours.Accent(
        "#8c2f39", "#ffffff", "#782831", "#8c2f39"
    )  # fmt: skip
