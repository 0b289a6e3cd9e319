"""Every accent of a brand is readable (WCAG 2.2: 1.4.3, 1.4.11)."""

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
    assert made.fill == f"#{number:06x}"
    for paper in [*PAPERS[dark], made.soft]:
        assert ratio(made.ink, paper) >= 4.5
    assert all(ratio(made.edge, paper) >= 3.0 for paper in PAPERS[dark])


def test_a_readable_accent_is_left_as_it_is() -> None:
    assert colours.accent("#8c2f39", dark=False) == colours.Accent(
        "#8c2f39", "#ffffff", "#782831", "#8c2f39", "#f5eced", "#8c2f39"
    )  # fmt: skip


def test_bright_accent_stays_itself_and_gets_dark_words() -> None:
    """Yellow is no mustard: it is outlined and written on, in light and in dark."""
    light, dark = (colours.accent("#FFE000", dark=dark) for dark in (False, True))
    assert (light.fill, light.on_fill) == (dark.fill, dark.on_fill) == ("#ffe000", "#000000")
    assert dark.edge == dark.ink == "#ffe000"  # on dark paper it can be read as it is
    assert light.edge != light.ink != light.fill
