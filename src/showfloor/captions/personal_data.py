"""Personal data of captions: the words of the people on camera."""

from collections.abc import Sequence
from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final[Sequence[PersonalColumns]] = (
    PersonalColumns(
        "captions.Caption", ("text", "original_text"),
        "the words of the people on camera, for those who read them", "until the show is deleted",
        "they stay, as the recording does; staff take single ones away",
    ),
)  # fmt: skip
