"""A brand's mark as the small picture of a browser's tab."""

from functools import lru_cache
from io import BytesIO

from django.core.files.storage import default_storage
from PIL import Image, UnidentifiedImageError

from showfloor.accounts.models import Brand

ICON_PX = 64
_SQUARE_WITHIN = 1.25  # sides of a mark that still reads in a square
_PLATE = (0xFA, 0xF7, 0xF2)  # `--sf-plate`: a logo is made for light paper


def tab_icon(brand: Brand) -> bytes | None:
    """Return the brand's icon, else its logo where that is nearly square, as PNG; None without."""
    for field in (brand.icon, brand.logo):
        if not field:
            continue
        try:
            with field.open("rb") as file, Image.open(file) as picture:
                if field is brand.icon or _is_square(picture.size):
                    return _png(picture)
        except (OSError, UnidentifiedImageError):
            continue  # the file is gone or broken: the initial stands for it
    return None


def is_mark(brand: Brand) -> bool:
    """Return whether the logo is nearly square: a mark, beside which the name has to be said."""
    return bool(brand.logo) and _is_square(_size(brand.logo.name))


@lru_cache(maxsize=512)
def _size(name: str) -> tuple[int, int]:
    """The sides of a stored picture; none of one that is gone. A new picture has a new name."""
    try:
        with default_storage.open(name) as file, Image.open(file) as picture:
            return picture.size
    except (OSError, UnidentifiedImageError):
        return 0, 0


def _is_square(size: tuple[int, int]) -> bool:
    short, long = sorted(size)
    return short > 0 and long / short <= _SQUARE_WITHIN


def _png(picture: Image.Image) -> bytes:
    """Fit the picture into the icon's square: on the plate where it is opaque, else as it is."""
    fitted = picture.convert("RGBA")
    fitted.thumbnail((ICON_PX, ICON_PX))
    square = Image.new("RGBA", (ICON_PX, ICON_PX), (*_PLATE, 0))
    left, top = (ICON_PX - fitted.width) // 2, (ICON_PX - fitted.height) // 2
    square.paste(fitted, (left, top), fitted)
    out = BytesIO()
    square.save(out, "PNG")
    return out.getvalue()
