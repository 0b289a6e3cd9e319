"""The slice of auctions."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy

from showfloor.accounts import mine
from showfloor.accounts.models import User
from showfloor.auctions import (
    closing,
    commands,
    events,
    jobs,
    keeping,
    personal_data,
    queries,
    services,
)
from showfloor.auctions import mine as own_bids
from showfloor.checkout.pauses.services import on_resumed
from showfloor.checkout.reservations import kinds
from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import Erasure, PersonalData
from showfloor.shows import rundown_kinds
from showfloor.shows.models import Show
from showfloor.shows.rundown_kinds import Payload
from showfloor.shows.slices import ShowSlice


def _erase(order: Erasure) -> Mapping[str, int]:
    services.forget_person(order.brand_id, order.subject)
    return {}


kinds.register(closing.RESERVATION_KIND)
on_resumed(services.move_ends)
mine.register(own_bids.SECTION)


def _begin(show: Show, payload: Payload, picture_at: datetime | None, by: User) -> None:
    services.open_auction(show, payload["auction_id"], picture_at, by)


rundown_kinds.register(
    rundown_kinds.of_rows(
        "auction", queries.of_show, "title", gettext_lazy("There is no such auction."), _begin
    )
)

SLICE = ShowSlice(
    "auctions",
    jobs=(
        Job("run_auctions", 1.0, jobs.run_auctions, idle_every_s=10.0, waits=keeping.is_any_open),
    ),
    privacy=PersonalData(_erase, take_out=personal_data.take_out, columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    private_kinds=events.PRIVATE_KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)
