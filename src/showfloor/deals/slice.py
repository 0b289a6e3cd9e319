"""The slice of deals."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy

from showfloor.accounts import mine
from showfloor.accounts.handover import on_handover
from showfloor.accounts.models import User
from showfloor.checkout.reservations import kinds as reservation_kinds
from showfloor.checkout.reservations.kinds import ReservationKind
from showfloor.deals import (
    commands,
    deciding,
    erasure,
    events,
    handover,
    jobs,
    personal_data,
    queries,
    services,
)
from showfloor.deals import mine as own_requests
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import Erasure, PersonalData
from showfloor.shows import rundown_kinds
from showfloor.shows.models import Show
from showfloor.shows.rundown_kinds import Payload
from showfloor.shows.slices import ShowSlice


def _erase(order: Erasure) -> Mapping[str, int]:
    erasure.forget_person(order.brand_id, order.subject)
    return {}


def _begin(show: Show, payload: Payload, picture_at: datetime | None, by: User) -> None:
    services.open_deal(show, payload["deal_id"], picture_at, 0, by)


mine.register(own_requests.SECTION)
on_handover(handover.hand_over)
rundown_kinds.register(
    rundown_kinds.of_rows(
        "deal", queries.of_show, "title", gettext_lazy("There is no such deal."), _begin
    )
)
reservation_kinds.register(ReservationKind("deal", deciding.on_claimed, deciding.on_lapsed))

SLICE = ShowSlice(
    "deals",
    jobs=(Job("run_deals", jobs.EVERY_S, jobs.run_deals, JobQueue.PROMPT),),
    privacy=PersonalData(_erase, take_out=personal_data.take_out, columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    backstage_kinds=events.BACKSTAGE_KINDS,
    private_kinds=events.PRIVATE_KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)
