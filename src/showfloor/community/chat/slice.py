"""What the chat brings."""

from showfloor.community.chat import commands, events, queries
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "chat",
    kinds=events.KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)
