"""How a room declares what can happen in a show. The timeline itself knows no kinds."""

from dataclasses import dataclass
from enum import StrEnum


class Release(StrEnum):
    """When a viewer is shown an entry."""

    PICTURE = "picture"  # when the viewer's picture has reached it
    NOW = "now"  # at once: a fact of now never waits for the picture


@dataclass(frozen=True, slots=True)
class EntryKind:
    """One kind of entry. `body` is a TypedDict whose keys are documented by its docstring."""

    name: str
    release: Release
    in_replay: bool
    body: type
    doc: str
