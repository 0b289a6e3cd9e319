"""What safety brings: the entries about what waits, what is held and what was done."""

from showfloor.community.safety import events
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "safety",
    backstage_kinds=events.BACKSTAGE_KINDS,
    private_kinds=events.PRIVATE_KINDS,
)
