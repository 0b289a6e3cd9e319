"""The private answer to a comment that buys nothing; to one that does, `reservation.made` of the
kind `comment`, whose `ref` is the message, is the answer."""

from typing import TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class CommentRefused(TypedDict):
    """`reason`: sold-out, choose (the code is a product's with several variants), kept-already,
    too-many, hold-limit, selling-paused, not-sold, banned, gone (the code), or another code of an
    error; `message` says it in the author's language. `product_id` is empty where there is none to
    show."""

    message_id: str
    code: str
    reason: str
    message: str
    product_id: str
    name: str


PRIVATE_KINDS = (
    EntryKind(
        "comment.refused", Release.NOW, False, CommentRefused,
        "Your comment bought nothing, and why.",
    ),
)  # fmt: skip
