"""What reactions keep about people."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "community.ReactionShare", ("person", "session", "totals",),
        "an allowance of reactions for each person", "an hour after the show",
        "deleted; the show's totals stay",
    ),
)  # fmt: skip
