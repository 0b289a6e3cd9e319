"""What questions bring."""

from showfloor.community.questions import commands, events, jobs, queries
from showfloor.kernel.jobs import Job
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "questions",
    jobs=(Job("expire_answering", 5.0, jobs.expire_answering),),
    kinds=events.KINDS,
    private_kinds=events.PRIVATE_KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)
