"""What people say, as it stands on the timeline."""

from typing import NotRequired, TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class Author(TypedDict):
    """`id` is a token's `sub`; `role` is `guest`, `member` or a role at the brand."""

    id: str
    name: str
    role: str


class MessagePosted(TypedDict):
    """After a deletion only `message_id` is left: what was said is in no answer any more."""

    message_id: str
    author: NotRequired[Author]
    text: NotRequired[str]
    client_id: NotRequired[str]  # made by the sender, who shows the message at once


class MessageDeleted(TypedDict):
    message_id: str
    seq: int  # of the message


KINDS = (
    EntryKind(
        "message.posted", Release.PICTURE, True, MessagePosted,
        "Someone said something. The sender sees it at once, others at their picture.",
    ),
    EntryKind(
        "message.deleted", Release.NOW, True, MessageDeleted,
        "A message is gone: take it away wherever it is shown.",
    ),
)  # fmt: skip
