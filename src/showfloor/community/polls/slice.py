"""The slice of polls."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from showfloor.community.polls import commands, events, jobs, personal_data, queries, services
from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import Erasure, PersonalData
from showfloor.shows import rundown_kinds
from showfloor.shows.slices import ShowSlice


def _erase(order: Erasure) -> Mapping[str, int]:
    services.forget_person(order.brand_id, order.subject)
    return {}


rundown_kinds.register(
    rundown_kinds.of_rows(
        "poll",
        queries.of_show,
        "question",
        gettext_lazy("There is no such poll."),
        services.open_item,
    )
)

SLICE = ShowSlice(
    "polls",
    jobs=(Job("close_polls", 1.0, jobs.close_due, idle_every_s=10.0, waits=services.is_any_open),),
    privacy=PersonalData(_erase, take_out=personal_data.take_out, columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    backstage_kinds=events.BACKSTAGE_KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)
