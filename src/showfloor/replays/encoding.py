"""The port to what encodes a clip anew: portrait, or with captions in the picture."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from showfloor.kernel.errors import Unavailable
from showfloor.replays.crop_path import CropPosition


@dataclass(frozen=True, slots=True)
class Crop:
    """`width`, `height`: pixels of what stays of a picture `source_width` wide; `path`: where it
    is, as shares of that."""

    source_width: int
    width: int
    height: int
    path: Sequence[CropPosition]


@dataclass(frozen=True, slots=True)
class EncodeOrder:
    """`source` and `target` are MP4 files; `script` holds captions (ASS) for the target's size,
    drawn in `fonts`. `lasts_s`: the length of the source."""

    source: Path
    target: Path
    lasts_s: float
    crop: Crop | None = None
    script: str = ""
    fonts: Sequence[Path] = ()


class ClipEncoder(Protocol):
    """Blocking. It gives way to everything else on this machine."""

    def pictures(
        self, source: Path, size: tuple[int, int], per_s: int
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Give small pictures of a film as RGB pixels; OSError when it cannot be decoded."""

    def encode(self, order: EncodeOrder, on_progress: Callable[[float], None]) -> None:
        """Encode the picture anew; sound and chapters stay. `on_progress` hears how much is done,
        0 to 1, and may raise to stop it. OSError when it does not work, or stands still."""


_encoder: ClipEncoder | None = None


def use(encoder: ClipEncoder | None) -> None:
    global _encoder
    _encoder = encoder


def encoder() -> ClipEncoder:
    if _encoder is None:
        raise Unavailable("This process encodes no clips.")
    return _encoder
