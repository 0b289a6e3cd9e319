"""Entries of the chat on the timeline."""

from typing import NotRequired, TypedDict

from showfloor.community.authors import Author
from showfloor.timeline.kinds import Delivery, EntryKind, Release


class Reply(TypedDict):
    """The message that another one answers: enough to draw it when it is not at hand. After it is
    deleted, only its id is left."""

    message_id: str
    name: NotRequired[str]
    text: NotRequired[str]  # its beginning


class Mention(TypedDict):
    """Someone named in the text as `@name`."""

    id: str
    name: str


class MessagePosted(TypedDict):
    """After a deletion only `message_id` is left; no answer contains the text."""

    message_id: str
    author: NotRequired[Author]
    text: NotRequired[str]
    client_id: NotRequired[str]  # made by the sender, who shows the message at once
    reply_to: NotRequired[Reply]
    mentions: NotRequired[list[Mention]]


class MessageDeleted(TypedDict):
    message_id: str
    seq: int  # of the message


class CommentPinned(TypedDict):
    """A message held above the chat, in place of the one before. After a deletion only the id is
    left."""

    message_id: str
    author: NotRequired[Author]
    text: NotRequired[str]
    mentions: NotRequired[list[Mention]]


class CommentUnpinned(TypedDict):
    message_id: str


class AnnouncementShown(TypedDict):
    announcement_id: str
    text: str
    url: str | None


class AnnouncementEnded(TypedDict):
    announcement_id: str


class ChatRules(TypedDict):
    """The mode says who may write (`everyone`, `signed_in`, `customers`, `trait`, `staff`),
    `slow_s` how often."""

    mode: str
    trait: str | None
    slow_s: int
    shield: bool


class AuthorErased(TypedDict):
    """Someone's data was erased. Remove what is shown of `author`: messages, questions, and the
    name where others mention it (put `@…` in its place, whatever its case); and remove what others
    quote of the messages in `quoted`, which are the author's own and those that name them."""

    author: str
    quoted: list[str]


KINDS = (
    EntryKind(
        "message.posted", Release.PICTURE, True, MessagePosted,
        "Someone said something. The sender sees it at once, others at their picture.",
        Delivery.CHAT,
    ),
    EntryKind(
        "message.deleted", Release.NOW, True, MessageDeleted,
        "A message is gone: take it away wherever it is shown.",
    ),
    EntryKind(
        "comment.pinned", Release.PICTURE, True, CommentPinned,
        "A message is held above the chat from the picture at `picture_at`.",
    ),
    EntryKind(
        "comment.unpinned", Release.PICTURE, True, CommentUnpinned,
        "It is not any more.",
    ),
    EntryKind(
        "announcement.shown", Release.PICTURE, True, AnnouncementShown,
        "A banner stands above the chat from the picture at `picture_at`.",
    ),
    EntryKind(
        "announcement.ended", Release.PICTURE, True, AnnouncementEnded,
        "The banner is gone.",
    ),
    EntryKind(
        "chat.rules", Release.NOW, False, ChatRules,
        "Who may write now, and how often.",
    ),
    EntryKind(
        "author.erased", Release.NOW, True, AuthorErased,
        "What this author said, asked and is named in is gone.",
    ),
)  # fmt: skip
