"""What questions keep about people."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "community.Question",
        (
            "author", "author_name", "author_role", "network", "address", "client_id", "text",
            "text_hash", "answering", "answer", "answered_by",
        ),
        "questions to the people on camera, and their answers", "until the show is deleted",
        "words, name, author, network and address are emptied",
    ),
    PersonalColumns(
        "community.QuestionVote", ("voter",),
        "one vote for each person", "until the show is deleted",
        "the vote counts on, for an id that nobody has",
    ),
)  # fmt: skip
