"""Makes pictures that came from outside anew: judged before they are decoded, upright, without what
a camera wrote beside the picture (where it was taken, with what, by whom).

A PNG of 21 kB can hold 250 megapixels: its header says so before a gigabyte is taken for it. One
picture is decoded at a time in a process.
"""

import threading
import warnings
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageOps

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
# A JPEG is decoded at the size that is wanted; the others whole, at 4 bytes a pixel.
PIXELS_MAX: Final = {"JPEG": 60_000_000}
PIXELS_MAX_WHOLE: Final = 25_000_000
_QUALITY: Final = 88
_SUFFIXES: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}

_decoding = threading.Lock()


class NotAPicture(ValueError):
    """The file is not a picture that can be shown; the message says why."""


class TooManyPixels(NotAPicture):
    """The picture is larger than anyone needs."""


def remake(raw: bytes, *, edge_max_px: int, as_format: str | None = None) -> tuple[bytes, str]:
    """The picture anew, at most so many pixels long, in its own format or `as_format`, and the
    suffix of its file; NotAPicture. Its colour profile stays; of an animation the first picture."""
    try:
        with warnings.catch_warnings(), _decoding:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # judged below
            with Image.open(BytesIO(raw), formats=FORMATS) as opened:
                _judge(opened)
                made_as = as_format or _own_format(opened)
                return _made(opened, edge_max_px, made_as), _SUFFIXES[made_as]
    except Image.DecompressionBombError:
        raise TooManyPixels("too many pixels") from None
    except NotAPicture:
        raise
    except (OSError, ValueError, SyntaxError, Warning) as error:
        raise NotAPicture(str(error)) from None


def _judge(opened: Image.Image) -> None:
    pixels = opened.width * opened.height
    if pixels > PIXELS_MAX.get(opened.format or "", PIXELS_MAX_WHOLE):
        raise TooManyPixels(f"too many pixels: {opened.width} × {opened.height}")


def _own_format(opened: Image.Image) -> str:
    return "PNG" if opened.format == "GIF" else opened.format or "PNG"


def _made(opened: Image.Image, edge_max_px: int, made_as: str) -> bytes:
    profile = opened.info.get("icc_profile") if opened.mode in {"RGB", "RGBA", "P"} else None
    if opened.mode == "P":
        opened = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    opened.thumbnail((edge_max_px, edge_max_px))  # a JPEG is decoded only now, and small
    upright = ImageOps.exif_transpose(opened)
    alpha = upright.has_transparency_data and made_as != "JPEG"
    picture = upright.convert("RGBA" if alpha else "RGB")
    options: dict[str, Any] = {"quality": _QUALITY} if made_as != "PNG" else {"optimize": True}
    out = BytesIO()
    picture.info = {}
    picture.save(out, made_as, icc_profile=profile, **options)
    return out.getvalue()
