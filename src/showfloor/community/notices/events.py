"""The entry for one person that tells of a statement of reasons."""

from typing import TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class StatementMade(TypedDict):
    """A decision about what the person wrote, or about a ban. `content`: its kind; `was_held`: it
    was never shown; `url`: the address of the statement, which needs no account."""

    content: str  # message, question, poll, show, product, person, other
    state: str  # removed, restricted
    clause: str  # the law or the rule
    was_held: bool
    url: str


PRIVATE_KINDS = (
    EntryKind(
        "statement.made",
        Release.NOW,
        False,
        StatementMade,
        "The reasons why it was taken down.",
    ),
)
