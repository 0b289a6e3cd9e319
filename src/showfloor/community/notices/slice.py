"""The slice of notice-and-action."""

from showfloor.community.notices import events, personal_data, retention
from showfloor.kernel.slices import PersonalData
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "notices",
    privacy=PersonalData(
        personal_data.erase, take_out=personal_data.take_out, keeps=retention.KEPT,
        columns=personal_data.COLUMNS,
    ),
    private_kinds=events.PRIVATE_KINDS,
)  # fmt: skip
