"""Entries that safety writes: backstage, for staff, and to the person whose message waits."""

from typing import NotRequired, TypedDict

from showfloor.community.authors import Author
from showfloor.timeline.kinds import EntryKind, Release


class ReviewAdded(TypedDict):
    """`of` is `message` or `question`; `reason`: word, unchecked (the search for words cost too
    much), link, first, report, flag. The same `item_id` again: more people have reported it. An
    entry without words: they are in no answer any more."""

    item_id: str
    of: str
    target_id: str
    author: NotRequired[Author]
    text: NotRequired[str]
    reason: str
    detail: str
    reports: int


class ReviewTaken(TypedDict):
    """`by`: null when it is free again."""

    item_id: str
    by: str | None


class ReviewDecided(TypedDict):
    item_id: str
    state: str  # approved, declined, expired
    by: str | None


class Audited(TypedDict):
    """One line of the audit log."""

    audit_id: str
    action: str
    actor: str
    target_name: str
    reason: str
    can_undo: bool
    undoes: NotRequired[str]  # the line that is undone by this one


BACKSTAGE_KINDS = (
    EntryKind("review.added", Release.NOW, False, ReviewAdded, "Something waits for a moderator."),
    EntryKind("review.taken", Release.NOW, False, ReviewTaken, "Someone has it open, or let go."),
    EntryKind("review.decided", Release.NOW, False, ReviewDecided, "It was decided."),
    EntryKind("audit.logged", Release.NOW, False, Audited, "A moderator did something."),
)


class MessageHeld(TypedDict):
    client_id: str
    message_id: str


PRIVATE_KINDS = (
    EntryKind("message.held", Release.NOW, False, MessageHeld, "Your message waits for review."),
)
