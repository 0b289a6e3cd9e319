"""What the chat keeps about people."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "community.Message",
        (
            "author", "author_name", "network", "address", "client_id", "held_text", "text_hash",
            "deleted_by",
        ),
        "the chat of a show, its replay, and rules against floods", "until the show is deleted",
        "words, name, network and address are emptied; an id stays",
    ),
    PersonalColumns(
        "community.Announcement", ("created_by",),
        "which member of staff announced something", "until the show is deleted",
        "the link is emptied with the account",
    ),
)  # fmt: skip
