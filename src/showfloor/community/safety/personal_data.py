"""What safety keeps about people."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "community.Restriction", ("subject", "address", "network", "name", "reason", "created_by"),
        "warnings, time-outs and shadows", "until the brand is deleted",
        "name and reason are emptied, networks once it is over; it stands for an id",
    ),
    PersonalColumns(
        "community.ReviewItem", ("detail", "taken_by"),
        "messages and questions that wait for a moderator", "until the show is deleted",
        "words are emptied with the message or the question",
    ),
    PersonalColumns(
        "community.AuditEntry",
        (
            "actor", "actor_name", "target", "target_name", "subject", "reason", "detail",
        ),
        "what moderators did, and its undoing", "until the brand is deleted",
        "names and reasons are emptied; what was done stays",
    ),
)  # fmt: skip
