"""The chat's slice."""

from showfloor.community.chat import commands, events, personal_data, queries, rows
from showfloor.community.safety import speakers
from showfloor.kernel.slices import PersonalData
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "chat",
    privacy=PersonalData(take_out=personal_data.take_out, columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)

speakers.register(rows.have_spoken)
