"""The slice of checkout: a command of buyers, news of orders, jobs, and how long rows are kept."""

from showfloor.checkout import personal_data, retention, sold_units
from showfloor.checkout.commands import COMMANDS
from showfloor.checkout.events import KINDS, PRIVATE_KINDS
from showfloor.checkout.jobs import JOBS
from showfloor.checkout.reservations.commands import COMMANDS as RESERVATION_COMMANDS
from showfloor.kernel.slices import PersonalData
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "checkout",
    jobs=JOBS,
    privacy=PersonalData(
        personal_data.erase,
        keeps=retention.KEPT,
        take_out=personal_data.take_out,
        columns=personal_data.COLUMNS,
    ),
    kinds=KINDS,
    private_kinds=PRIVATE_KINDS,
    snapshot=sold_units.snapshot,
    commands=(*COMMANDS, *RESERVATION_COMMANDS),
)
