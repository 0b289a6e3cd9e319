"""The slice of playouts."""

from typing import Final

from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import PersonalColumns, PersonalData, Slice
from showfloor.playouts import queries, services
from showfloor.replays import stored_files

stored_files.use_needed(queries.needed_files)

_COLUMNS: Final = (
    PersonalColumns(
        "playouts.Playout", ("set_by",),
        "which member of staff lets a file go live, in whose name the show starts",
        "until the show is deleted", "the link is emptied with the account",
    ),
)  # fmt: skip

SLICE = Slice(
    "playouts",
    jobs=(
        Job(
            "start_playouts",
            1.0,
            services.start_due,
            idle_every_s=10.0,
            waits=services.is_any_planned,
        ),
    ),
    privacy=PersonalData(columns=_COLUMNS),
)
