"""What moderation keeps about people."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "community.Report", ("reporter", "network", "reason"),
        "messages that viewers reported", "until the show is deleted",
        "deleted",
    ),
)  # fmt: skip
