"""The slice of giveaways."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from showfloor.accounts import mine
from showfloor.accounts.handover import on_handover
from showfloor.giveaways import (
    commands,
    erasure,
    events,
    handover,
    jobs,
    mails,
    own_page,
    personal_data,
    queries,
    services,
)
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import Erasure, PersonalData
from showfloor.shows import rundown_kinds
from showfloor.shows.slices import ShowSlice


def _erase(order: Erasure) -> Mapping[str, int]:
    return {"draw_entries": erasure.forget_person(order.brand_id, order.subject)}


rundown_kinds.register(
    rundown_kinds.of_rows(
        "giveaway",
        queries.of_show,
        "title",
        gettext_lazy("There is no such giveaway."),
        services.open_item,
    )
)
mails.register()
mine.register(own_page.SECTION)
on_handover(handover.hand_over)

SLICE = ShowSlice(
    "giveaways",
    jobs=(
        Job("close_giveaways", 1.0, jobs.close_due, idle_every_s=10.0, waits=jobs.is_any_open),
        Job(
            "draw_giveaways",
            1.0,
            jobs.draw_due,
            JobQueue.DOWNLOADS,
            idle_every_s=10.0,
            waits=jobs.is_any_undrawn,
        ),
        Job("lapse_prizes", 5.0, jobs.lapse_due),
    ),
    privacy=PersonalData(
        _erase, take_out=personal_data.take_out, keeps=erasure.KEPT, columns=personal_data.COLUMNS
    ),
    kinds=events.KINDS,
    private_kinds=events.PRIVATE_KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)
