"""The kinds of entries that rooms declare. The timeline itself knows no kinds."""

from dataclasses import dataclass
from enum import StrEnum


class Release(StrEnum):
    """The moment at which a viewer is shown an entry."""

    PICTURE = "picture"  # when the viewer's picture has reached it
    NOW = "now"  # at once: a fact of now never waits for the picture


class Delivery(StrEnum):
    """The share of a kind's entries that reaches everyone live."""

    DURABLE = "durable"  # every entry
    CHAT = "chat"  # every entry is kept; some are left out live when a show is too fast to read
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
