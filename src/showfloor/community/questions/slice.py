"""The slice of questions."""

from showfloor.community.questions import commands, events, jobs, personal_data, queries
from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import PersonalData
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "questions",
    jobs=(Job("expire_answering", 5.0, jobs.expire_answering),),
    privacy=PersonalData(take_out=personal_data.take_out, columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    private_kinds=events.PRIVATE_KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)
