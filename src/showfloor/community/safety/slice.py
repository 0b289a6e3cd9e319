"""Safety's slice: entries about review items, held messages and the audit log."""

from showfloor.community.safety import events, personal_data
from showfloor.kernel.slices import PersonalData
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "safety",
    privacy=PersonalData(take_out=personal_data.take_out, columns=personal_data.COLUMNS),
    backstage_kinds=events.BACKSTAGE_KINDS,
    private_kinds=events.PRIVATE_KINDS,
)
