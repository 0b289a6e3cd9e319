"""How Python's threads and its garbage collector are set in processes that send to viewers."""

import gc
import sys
from typing import Final

# Each `send` of a broadcast gives up the GIL. Beside a thread that computes, getting it back takes
# this long each time; with Python's 5 ms a thousand viewers would wait seconds.
SWITCH_S: Final = 0.001
# How many objects are made before Python looks through the young ones for garbage. A batch of
# orders makes thousands that end with it: with Python's 2,000 a tenth of the time of a rush went
# into looking at them while they were in use (measured).
YOUNG_OBJECTS_MAX: Final = 10_000


def tune() -> None:
    """Set this process up for many short answers. Once, after all imports."""
    sys.setswitchinterval(SWITCH_S)
    # Imported objects stay for good. Without the freeze each full collection would walk them
    # all, and delay every frame for as long.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX)
