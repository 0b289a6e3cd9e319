"""A clip encoded anew: its portrait part, which follows whoever speaks, and captions in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from showfloor.replays import burnt_captions, encoding, salience
from showfloor.replays.burnt_captions import BurntCue
from showfloor.replays.crop_path import LOOKS_PER_S, crop_path
from showfloor.replays.encoding import Crop, EncodeOrder

PORTRAIT: Final = Fraction(9, 16)
LOOKING_SHARE: Final = 0.1  # of the work, as people see it


@dataclass(frozen=True, slots=True)
class ClipSource:
    """A clip as it was recorded, as MP4 files: the best rung, `width` x `height` pixels, and the
    smallest one, to look at. `lasts_s`: its length."""

    best: Path
    small: Path
    width: int
    height: int
    lasts_s: float


def encode(
    source: ClipSource, target: Path, cues: Sequence[BurntCue], *, is_portrait: bool,
    on_progress: Callable[[float], None],
) -> None:  # fmt: skip
    """Write the file; OSError when it cannot be made. A picture that is upright is not cropped."""
    crop = _crop(source) if is_portrait and source.width > source.height * PORTRAIT else None
    on_progress(LOOKING_SHARE)
    width, height = (crop.width, crop.height) if crop else (source.width, source.height)
    texts = [cue.text for cue in cues]
    encoding.encoder().encode(
        EncodeOrder(
            source.best, target, source.lasts_s, crop,
            burnt_captions.script(cues, width, height) if cues else "",
            burnt_captions.font_files(texts) if cues else (),
        ),
        lambda share: on_progress(LOOKING_SHARE + (1 - LOOKING_SHARE) * share),
    )  # fmt: skip


def _crop(source: ClipSource) -> Crop:
    width = min(source.width, round(source.height * PORTRAIT / 2) * 2)
    with encoding.encoder().pictures(source.small, salience.SIZE, LOOKS_PER_S) as pictures:
        path = crop_path(salience.looks(pictures), width / source.width)
    if not path:
        raise OSError("the clip has no pictures")
    return Crop(source.width, width, source.height, path)
