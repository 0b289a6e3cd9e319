"""Frames of the films: colours, cross-fades, letters that come and go."""

import pytest
from PIL import Image, ImageDraw

from showfloor_demo.film import STILL, Film, Shot
from showfloor_demo.frames import Planes, frame

SIZE = (64, 36)
RED, WALL = (200, 40, 40), (230, 191, 174)
FPS = 10


def plain(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (72, 40), colour)


def seen(planes: Planes, at: tuple[int, int]) -> tuple[float, float, float]:
    """Return red, green and blue of a pixel, as a player shows BT.709 in limited range."""
    y = (level(planes.y, at) - 16) * 255 / 219
    half = (at[0] // 2, at[1] // 2)
    u, v = ((level(plane, half) - 128) * 255 / 224 for plane in (planes.u, planes.v))
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    return red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue


def level(plane: Image.Image, at: tuple[int, int]) -> int:
    value = plane.getpixel(at)
    assert isinstance(value, int)
    return value


def written() -> Image.Image:
    page = Image.new("RGBA", SIZE)
    ImageDraw.Draw(page).rectangle((10, 10, 29, 19), fill=(*RED, 255))
    return page


FILM = Film(
    "plain", SIZE, FPS,
    (
        Shot(4.0, lambda: plain(WALL), STILL, STILL, written),
        Shot(4.0, lambda: plain(RED), STILL, STILL),
    ),
)  # fmt: skip


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 0, 255), WALL])
def test_planes_keep_the_colours(colour: tuple[int, int, int]) -> None:
    assert seen(Planes.of(plain(colour)), (20, 20)) == pytest.approx(colour, abs=2)


def test_frame_has_the_bytes_that_the_encoder_reads() -> None:
    assert len(frame(FILM, 0).tobytes()) == 64 * 36 * 3 // 2


def test_letters_are_there_in_the_middle_of_a_shot_and_nothing_else_is_covered() -> None:
    middle = frame(FILM, 20)
    assert seen(middle, (20, 15)) == pytest.approx(RED, abs=2)
    assert seen(middle, (40, 15)) == pytest.approx(WALL, abs=2)
    assert seen(frame(FILM, 60), (20, 15)) == pytest.approx(RED, abs=2)


def test_letters_are_away_when_a_shot_ends() -> None:
    assert seen(frame(FILM, 39), (20, 15)) != pytest.approx(RED, abs=40)


@pytest.mark.parametrize(("number", "colour"), [(0, RED), (9, WALL), (40, WALL), (49, RED)])
def test_shot_fades_in_over_the_one_before_and_the_loop_has_no_seam(
    number: int, colour: tuple[int, int, int]
) -> None:
    assert seen(frame(FILM, number), (50, 30)) == pytest.approx(colour, abs=2)
