"""What moderation brings."""

from showfloor.community.moderation import commands, events, jobs, queries
from showfloor.kernel.jobs import Job
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "moderation",
    jobs=(Job("expire_reviews", 5.0, jobs.expire_reviews),),
    private_kinds=events.PRIVATE_KINDS,
    commands=commands.COMMANDS,
    mine=queries.mine,
)
