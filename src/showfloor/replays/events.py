"""The kinds of entries that replays write on a show's timeline."""

from typing import TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class PlayedTrailer(TypedDict):
    """A clip behind the curtain. `playlist`: an absolute path."""

    playlist: str
    length_s: float


class TrailerChanged(TypedDict):
    trailer: PlayedTrailer | None  # null: the show has none any more


KINDS = (
    EntryKind(
        "trailer.changed", Release.NOW, False, TrailerChanged,
        "The clip behind the curtain is another one, or none.",
    ),
)  # fmt: skip
