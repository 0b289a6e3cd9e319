"""The slice of checkout: commands of buyers, news of orders, pauses, jobs, retention."""

from collections.abc import Mapping
from typing import Any

from showfloor.checkout import personal_data, retention, sold_units
from showfloor.checkout.commands import COMMANDS
from showfloor.checkout.events import KINDS, PRIVATE_KINDS
from showfloor.checkout.jobs import JOBS
from showfloor.checkout.pauses import events as pauses
from showfloor.checkout.pauses import queries as pause_queries
from showfloor.checkout.reservations.commands import COMMANDS as RESERVATION_COMMANDS
from showfloor.kernel.slices import PersonalData
from showfloor.shows.models import Show
from showfloor.shows.slices import ShowSlice


def _snapshot(show: Show) -> Mapping[str, Any]:
    return {**sold_units.snapshot(show), **pause_queries.snapshot(show)}


SLICE = ShowSlice(
    "checkout",
    jobs=JOBS,
    privacy=PersonalData(
        personal_data.erase,
        keeps=retention.KEPT,
        take_out=personal_data.take_out,
        columns=personal_data.COLUMNS,
    ),
    kinds=(*KINDS, *pauses.KINDS),
    private_kinds=PRIVATE_KINDS,
    snapshot=_snapshot,
    commands=(*COMMANDS, *RESERVATION_COMMANDS),
)
