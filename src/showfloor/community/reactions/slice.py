"""The slice of reactions."""

from collections.abc import Mapping

from showfloor.community.reactions import commands, events, jobs, personal_data, queries, services
from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import Erasure, PersonalData
from showfloor.shows.slices import ShowSlice


def _erase(order: Erasure) -> Mapping[str, int]:
    services.forget_person(order.brand_id, order.subject)
    return {}


SLICE = ShowSlice(
    "reactions",
    jobs=(Job("forget_reactions", 3600.0, jobs.forget_shares),),
    privacy=PersonalData(_erase, take_out=personal_data.take_out, columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
)
