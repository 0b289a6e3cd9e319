"""What the chat brings."""

from showfloor.community.chat import commands, events, queries, rows
from showfloor.community.safety import speakers
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "chat",
    kinds=events.KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)

speakers.register(rows.have_spoken)
