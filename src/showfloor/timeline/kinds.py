"""How a room declares what can happen in a show. The timeline itself knows no kinds."""

from dataclasses import dataclass
from enum import StrEnum


class Release(StrEnum):
    """When a viewer is shown an entry."""

    PICTURE = "picture"  # when the viewer's picture has reached it
    NOW = "now"  # at once: a fact of now never waits for the picture


class Delivery(StrEnum):
    """How much of it reaches everyone."""

    DURABLE = "durable"  # each one
    CHAT = "chat"  # each kept; some left out live when a show is too fast to read
    AGGREGATED = "aggregated"  # absolute counters, at most once a tick


@dataclass(frozen=True, slots=True)
class EntryKind:
    """One kind of entry. `body` is a TypedDict whose keys are documented by its docstring.

    `version` counts up when keys are added; keys are never taken away or given another meaning.
    """

    name: str
    release: Release
    in_replay: bool
    body: type
    doc: str
    delivery: Delivery = Delivery.DURABLE
    version: int = 1
