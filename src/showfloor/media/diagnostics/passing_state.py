"""The state of pass-through: which rungs are a source's own pictures, and why others are not."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PassingState:
    """`rungs`: names of the rungs that are passed through, the best first. `unfit`: the code of the
    rule that the source breaks, where its picture is encoded all the same; or empty. `lost`: the
    pictures that the source has announced and does not send."""

    rungs: tuple[str, ...] = ()
    unfit: str = ""
    lost: int = 0


NOTHING_PASSED: Final = PassingState()
