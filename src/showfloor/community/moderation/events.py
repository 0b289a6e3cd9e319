"""What moderators see of each other's work: entries of a show's backstage, which only staff follow.
Private entries to the person concerned are in `PRIVATE_KINDS`."""

from typing import NotRequired, TypedDict

from showfloor.community.chat.events import Author
from showfloor.timeline.kinds import EntryKind, Release


class ReviewAdded(TypedDict):
    """`of` is `message` or `question`; `reason`: word, unchecked (its words cost too much to look
    for), link, first, report, flag. The same `item_id` again: more people have reported it. Without
    words they are in no answer any more."""

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


class HiddenTally(TypedDict):
    """Votes of a poll whose tally is hidden from viewers."""

    poll_id: str
    votes: list[int]
    voters: int


KINDS = (
    EntryKind("review.added", Release.NOW, False, ReviewAdded, "Something waits for a moderator."),
    EntryKind("review.taken", Release.NOW, False, ReviewTaken, "Someone has it open, or let go."),
    EntryKind("review.decided", Release.NOW, False, ReviewDecided, "It was decided."),
    EntryKind("audit.logged", Release.NOW, False, Audited, "A moderator did something."),
    EntryKind("tally.hidden", Release.NOW, False, HiddenTally, "How a hidden poll stands."),
)


class MessageHeld(TypedDict):
    client_id: str
    message_id: str


class MessageReviewed(TypedDict):
    """Approved messages come on the timeline; `note` says why one was declined."""

    client_id: str
    message_id: str
    state: str  # approved, declined, expired
    note: NotRequired[str]


class Warned(TypedDict):
    """To be acknowledged (command `acknowledge`) before writing again. `lifted`: not any more, for
    it was acknowledged, on whichever device, or taken back."""

    warning_id: str
    reason: str
    lifted: NotRequired[bool]


class TimedOut(TypedDict):
    until: str | None  # null: it is over
    reason: str


class QuestionNews(TypedDict):
    """To everyone who asked this: picked, answered (where, or the text), merged, dismissed."""

    question_id: str
    text: str
    state: str
    answered_at: str | None
    answer: str | None
    merged_into: str | None


class OfferMade(TypedDict):
    """Someone of the brand recommends a product to this person."""

    product_id: str | None
    text: str
    name: str  # who recommends it


PRIVATE_KINDS = (
    EntryKind("message.held", Release.NOW, False, MessageHeld, "Your message waits for review."),
    EntryKind("message.reviewed", Release.NOW, False, MessageReviewed, "It was decided."),
    EntryKind("warning", Release.NOW, False, Warned, "A moderator warns you."),
    EntryKind("time_out", Release.NOW, False, TimedOut, "You may not write until then."),
    EntryKind("question.news", Release.NOW, False, QuestionNews, "What became of your question."),
    EntryKind("offer.made", Release.NOW, False, OfferMade, "The brand recommends you something."),
)
