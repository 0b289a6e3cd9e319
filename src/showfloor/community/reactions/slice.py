"""What reactions bring."""

from showfloor.community.reactions import commands, events, jobs, queries, services
from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import Erasure, PersonalData
from showfloor.shows.slices import ShowSlice


def _erase(order: Erasure) -> None:
    services.forget_person(order.brand_id, order.subject)


SLICE = ShowSlice(
    "reactions",
    jobs=(Job("forget_reactions", 3600.0, jobs.forget_shares),),
    privacy=PersonalData(_erase),
    kinds=events.KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
)
