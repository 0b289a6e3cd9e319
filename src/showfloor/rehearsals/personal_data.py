"""Personal data of rehearsals: the member of staff who began one. Its audience is invented."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "rehearsals.Rehearsal", ("begun_by",),
        "which member of staff rehearsed a show", "rehearsals",
        "the link is emptied with the account",
    ),
)  # fmt: skip
