"""What draws the eye: a face, and no wall of its colour."""

from PIL import Image, ImageDraw

from showfloor.replays import salience
from showfloor.replays.crop_path import crop_path

PORTRAIT = 9 / 16 / (16 / 9)  # the crop's share of the picture's width
WALL = (138, 127, 112)  # beige: within the range of skin


def picture(middle: int) -> bytes:
    """Return a picture of somebody in dark clothes whose face is at this column, px of 96."""
    image = Image.new("RGB", salience.SIZE, WALL)
    pen = ImageDraw.Draw(image)
    pen.rectangle((middle - 9, 24, middle + 9, 54), fill=(30, 30, 36))
    pen.ellipse((middle - 5, 8, middle + 5, 22), fill=(205, 150, 125))
    pen.pieslice((middle - 5, 6, middle + 5, 18), 180, 360, fill=(40, 30, 28))  # hair
    pen.line((middle - 3, 14, middle - 2, 14), fill=(30, 20, 20))
    pen.line((middle + 2, 14, middle + 3, 14), fill=(30, 20, 20))
    return image.tobytes()


def test_crop_stays_with_somebody_who_stands_still_before_a_wall_of_the_colour_of_skin() -> None:
    pictures = [picture(16)] * 20 + [picture(78)] * 20
    path = crop_path(salience.looks(pictures), PORTRAIT)
    lefts = [[one.left for one in path if one.at_s < 5][-1], path[-1].left]
    for left, face in zip(lefts, (16 / 96, 78 / 96), strict=True):
        assert left < face - 5 / 96
        assert face + 5 / 96 < left + PORTRAIT
