"""Reads of the chat: messages, the pinned message, announcements, chat rules."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from showfloor.community.authors import Author
from showfloor.community.chat import posting
from showfloor.community.chat.events import ChatRules, Mention, Reply
from showfloor.community.chat.models import (
    Announcement,
    Message,
    MessageState,
    Pin,
)
from showfloor.community.safety.models import ChatMode, ChatSettings
from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline

RECENT = 50


class MessageView(TypedDict):
    message_id: str
    seq: int
    at: str
    author: Author
    text: str
    reply_to: NotRequired[Reply]
    mentions: NotRequired[list[Mention]]


class PinnedView(TypedDict):
    """`pinned_at`: the picture from which the message is above the chat."""

    message_id: str
    author: Author
    text: str
    pinned_at: str
    mentions: NotRequired[list[Mention]]


class AnnouncementView(TypedDict):
    announcement_id: str
    text: str
    url: str | None
    started_at: str


class HeldMessage(TypedDict):
    message_id: str
    client_id: str
    text: str


class SentMessage(TypedDict):
    message_id: str
    client_id: str
    at: str
    text: str
    reply_to: NotRequired[Reply]
    mentions: NotRequired[list[Mention]]


class ChatSnapshot(TypedDict):
    """The chat's part of a show's snapshot."""

    messages: list[MessageView]
    chat: ChatRules
    pinned: PinnedView | None
    announcement: AnnouncementView | None


class ChatMine(TypedDict):
    """The messages of one person, with as much of their fate as the person may know."""

    held: list[HeldMessage]
    sent: list[SentMessage]


def snapshot(show: Show) -> ChatSnapshot:
    return {
        "messages": recent_messages(show),
        "chat": chat_rules(show),
        "pinned": pinned(show),
        "announcement": announcement(show),
    }


def mine(show: Show, subject: str) -> ChatMine:
    return {"held": held(show, subject), "sent": sent(show, subject)}


def recent_messages(show: Show, limit: int = RECENT) -> list[MessageView]:
    """Return the last messages that were not deleted, oldest first. The words come from the
    timeline."""
    rows = Message.objects.for_brand(show.brand_id).filter(
        show=show, seq__isnull=False, deleted_at__isnull=True
    )
    seqs = [seq for seq in rows.order_by("-seq").values_list("seq", flat=True)[:limit] if seq]
    views: list[MessageView] = []
    for entry in timeline.pick(show.timeline_id, seqs):
        body, at = entry.body, entry.wire()["at"]
        if "author" not in body:
            continue  # of someone who is being erased at this moment
        view: MessageView = {
            "message_id": body["message_id"],
            "seq": entry.seq,
            "at": at,
            "author": body["author"],
            "text": body["text"],
        }
        if "reply_to" in body:
            view["reply_to"] = body["reply_to"]
        if "mentions" in body:
            view["mentions"] = body["mentions"]
        views.append(view)
    return views


def pinned(show: Show) -> PinnedView | None:
    """Return the message that is held above the chat."""
    pins = Pin.objects.for_brand(show.brand_id).filter(show=show, ended_at__isnull=True)
    pin = pins.first()
    if pin is None:
        return None
    (entry,) = timeline.pick(show.timeline_id, [pin.seq])
    if "author" not in entry.body:
        return None  # of someone who is being erased at this moment
    view: PinnedView = {
        "message_id": pin.message_id,
        "author": entry.body["author"],
        "text": entry.body["text"],
        "pinned_at": iso_ms(pin.started_at),
    }
    if "mentions" in entry.body:
        view["mentions"] = entry.body["mentions"]
    return view


def announcement(show: Show) -> AnnouncementView | None:
    """Return the banner that is on."""
    rows = Announcement.objects.for_brand(show.brand_id)
    found = rows.filter(show=show, ended_at__isnull=True).first()
    if found is None:
        return None
    return {
        "announcement_id": found.pk,
        "text": found.text,
        "url": found.url or None,
        "started_at": iso_ms(found.started_at),
    }


def chat_rules(show: Show) -> ChatRules:
    """Return who may write, and how often."""
    row = ChatSettings.objects.for_brand(show.brand_id).filter(show=show).first()
    if row is None:
        return {"mode": ChatMode.EVERYONE, "trait": None, "slow_s": 0, "shield": False}
    return {
        "mode": row.mode,
        "trait": row.trait or None,
        "slow_s": row.slow_s,
        "shield": row.shield,
    }


def held(show: Show, subject: str) -> list[HeldMessage]:
    """Return the viewer's own messages that wait for a moderator, oldest first."""
    rows = Message.objects.for_brand(show.brand_id).filter(
        show=show, author=subject, state=MessageState.HELD, deleted_at__isnull=True
    )
    return [
        {"message_id": row.pk, "client_id": row.client_id, "text": row.held_text}
        for row in rows.order_by("sent_at")[:RECENT]
    ]


def sent(show: Show, subject: str) -> list[SentMessage]:
    """Return the viewer's latest messages that they believe shown, oldest first. Shadowed messages
    are among them, so that their author does not find out by coming again, and so are those that
    the chat does not show."""
    rows = Message.objects.for_brand(show.brand_id).filter(
        show=show, author=subject, deleted_at__isnull=True,
        state__in=[MessageState.SHOWN, MessageState.SHADOWED, MessageState.ASIDE],
    )  # fmt: skip
    found = list(rows.order_by("-sent_at", "-pk")[:RECENT])
    said = {
        entry.seq: {**entry.body, "at": entry.wire()["at"]}
        for entry in timeline.pick(show.timeline_id, [row.seq for row in found if row.seq])
    }
    bodies = {row.pk: said.get(row.seq or 0, {}) for row in found}
    bodies |= _shadowed_bodies(show, subject, [row for row in found if row.seq is None])
    return [
        _sent(row, body) for row in reversed(found) if "text" in (body := bodies[row.pk])
    ]  # fmt: skip


def _sent(row: Message, body: Mapping[str, Any]) -> SentMessage:
    view: SentMessage = {
        "message_id": row.pk, "client_id": row.client_id, "at": body["at"], "text": body["text"],
    }  # fmt: skip
    if "reply_to" in body:
        view["reply_to"] = body["reply_to"]
    if "mentions" in body:
        view["mentions"] = body["mentions"]
    return view


def _shadowed_bodies(show: Show, author: str, rows: Sequence[Message]) -> dict[str, dict[str, Any]]:
    """Return what these messages would say on the timeline, by id."""
    answered = {row.reply_to_id for row in rows if row.reply_to_id}
    quotes = posting.quotes_of(show, answered) | posting.shadowed_quotes(show, author, answered)
    mentions = posting.mentions_in(show, {row.pk: row.held_text for row in rows})
    bodies: dict[str, dict[str, Any]] = {}
    for row in rows:
        body = bodies[row.pk] = {"at": iso_ms(row.sent_at), "text": row.held_text}
        if row.reply_to_id in quotes:
            body["reply_to"] = quotes[row.reply_to_id]
        if row.pk in mentions:
            body["mentions"] = mentions[row.pk]
    return bodies


def count(show: Show) -> int:
    """Return the number of messages that were shown and not deleted."""
    rows = Message.objects.for_brand(show.brand_id).filter(
        show=show, seq__isnull=False, deleted_at__isnull=True
    )
    return rows.count()
