"""Moderation's slice."""

from showfloor.community.moderation import commands, erasure, events, jobs, personal_data, queries
from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import PersonalData
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "moderation",
    jobs=(Job("expire_reviews", 5.0, jobs.expire_reviews),),
    privacy=PersonalData(
        erasure.erase, take_out=personal_data.take_out, columns=personal_data.COLUMNS
    ),
    private_kinds=events.PRIVATE_KINDS,
    commands=commands.COMMANDS,
    mine=queries.mine,
)
