"""Entries for one person, on that person's own stream: the outcome of a review, a warning, a
time-out, a recommendation."""

from typing import NotRequired, TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class MessageReviewed(TypedDict):
    """An approved message comes on the timeline; `note` says why one was declined."""

    client_id: str
    message_id: str
    state: str  # approved, declined, expired
    note: NotRequired[str]


class Warned(TypedDict):
    """The person has to acknowledge it (command `acknowledge`) before writing again. `lifted`: it
    is over, because it was acknowledged on whichever device, or taken back."""

    warning_id: str
    reason: str
    lifted: NotRequired[bool]


class TimedOut(TypedDict):
    until: str | None  # null: it is over
    reason: str


class OfferMade(TypedDict):
    """Someone of the brand recommends a product to this person."""

    product_id: str | None
    text: str
    name: str  # who recommends it


PRIVATE_KINDS = (
    EntryKind("message.reviewed", Release.NOW, False, MessageReviewed, "It was decided."),
    EntryKind("warning", Release.NOW, False, Warned, "A moderator warns you."),
    EntryKind("time_out", Release.NOW, False, TimedOut, "You may not write until then."),
    EntryKind("offer.made", Release.NOW, False, OfferMade, "The brand recommends you something."),
)
