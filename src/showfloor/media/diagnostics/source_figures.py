"""The figures of one source at one moment, for its curves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """`role`: primary or backup. `missing`: pictures of the last minute that did not come;
    `duplicated`: those that came twice, with the same stamp or the same bytes;
    `wait_ms`: the longest wait for a picture in the last 4 s; `drift_ms`: by how much pictures come
    later than at the beginning; `still_s`, `silent_s`: for how long nothing has moved, and the
    sound has been digital silence. `round_trip_ms` and `packets_lost` are None where the protocol
    does not tell them."""

    role: str
    encoder: str
    kbps: int
    fps: float
    keyframe_s: float | None
    missing: int
    wait_ms: int
    drift_ms: int
    still_s: float
    silent_s: float
    round_trip_ms: int | None = None
    packets_lost: int | None = None
    duplicated: int = 0


COLUMNS = (
    "kbps", "fps", "keyframe_s", "missing", "wait_ms", "drift_ms", "still_s", "silent_s",
    "round_trip_ms", "packets_lost", "duplicated",
)  # fmt: skip
type Values = tuple[float | None, ...]


def values_of(figures: SourceFigures) -> Values:
    """Return the figures in the order of `COLUMNS`."""
    return tuple(getattr(figures, name) for name in COLUMNS)
