"""What polls keep about people."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "community.Ballot", ("voter", "options",),
        "one ballot for each person", "until the show is deleted",
        "the ballot counts on, for an id that nobody has",
    ),
)  # fmt: skip
