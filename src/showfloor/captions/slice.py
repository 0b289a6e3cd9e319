"""The slice of captions."""

from showfloor.captions import events, personal_data, queries
from showfloor.kernel.slices import PersonalData
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "captions",
    privacy=PersonalData(columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    snapshot=queries.snapshot,
)
