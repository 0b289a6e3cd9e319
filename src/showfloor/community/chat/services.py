"""Talking in a show, and keeping it a place where people like to talk.

Locks: show, then timeline. What someone said stands on the timeline alone, so that deleting it
there deletes it.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import bans
from showfloor.accounts.models import User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import rules
from showfloor.community.chat.models import Message
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


def post_message(show: Show, viewer: Claims, client_id: str, text: str) -> Message:
    """Say something in a show that is live or about to be.

    Sending the same `client_id` again is the same message. Invalid (text, name), Conflict (the show
    has ended), Forbidden (banned), RateLimited.
    """
    if not 1 <= len(client_id) <= rules.CLIENT_ID_CHARS_MAX:
        raise Invalid(_("The message has no usable client_id."), field="client_id")
    if not viewer.name:
        raise Invalid(_("Choose a name first."), field="name", code="name-needed")
    said = rules.clean_text(text, may_link=viewer.is_staff)
    if bans.is_banned(show.brand_id, viewer.sub, viewer.network):
        raise Forbidden(_("You can't take part here."), code="banned")
    with timeline.write():
        locked = _lock(show)
        own = Message.objects.for_brand(show.brand_id).filter(show=locked, author=viewer.sub)
        sent_before = own.filter(client_id=client_id).first()
        if sent_before is not None:
            return sent_before
        if locked.state not in {ShowState.SCHEDULED, ShowState.LIVE}:
            raise Conflict(_("The chat is closed."), code="chat-closed")
        now = utc_now()
        wait_s = _wait_s(locked, viewer, now)
        if wait_s > 0:
            raise RateLimited(_("Not so fast."), retry_after_s=wait_s)
        return _write(locked, viewer, Message(client_id=client_id, sent_at=now), said)


def delete_message(show: Show, message_id: str, by: User) -> None:
    """Take what was said away from everyone, for ever; NotFound. Again changes nothing."""
    with timeline.write():
        locked = _lock(show)
        message = _messages(locked).filter(pk=message_id).first()
        if message is None:
            raise NotFound(_("There is no such message."))
        delete_all(locked, [message], by)


def delete_all(show: Show, messages: list[Message], by: User) -> None:
    """Take these messages of the locked show away, in the open transaction."""
    entries = []
    for message in messages:
        if message.deleted_at is not None:
            continue
        message.deleted_at, message.deleted_by = utc_now(), by
        message.save(update_fields=["deleted_at", "deleted_by"])
        timeline.redact(show.timeline_id, message.seq, {"message_id": message.pk})
        entries.append(
            NewEntry(
                "message.deleted",
                {"message_id": message.pk, "seq": message.seq},
                actor=f"u:{by.pk}",
            )
        )
    if entries:
        timeline.append(show.timeline_id, entries)


def author_role(viewer: Claims) -> str:
    """`guest`, `member`, or the role at the brand."""
    if viewer.roles:
        return viewer.roles[0]
    return "guest" if viewer.sub.startswith(bans.GUEST) else "member"


def _lock(show: Show) -> Show:
    rows = Show.objects.for_brand(show.brand_id).select_for_update(of=("self",), no_key=True)
    locked = rows.filter(pk=show.pk).first()
    if locked is None:
        raise NotFound(_("There is no such show."))
    return locked


def _messages(show: Show) -> QuerySet[Message]:
    return Message.objects.for_brand(show.brand_id).filter(show=show)


def _wait_s(show: Show, viewer: Claims, now: datetime) -> float:
    """Until this viewer may write again: by what they sent, a guest also by what the guests of
    their network sent, so that dropping the cookie gains nothing."""

    def wait_s(rows: QuerySet[Message], burst: int) -> float:
        recent = rows.order_by("-sent_at").values_list("sent_at", flat=True)[:burst]
        return rules.wait_s(list(recent), now, burst)

    said = _messages(show)
    own_s = wait_s(said.filter(author=viewer.sub), rules.BURST)
    if not viewer.network or not viewer.sub.startswith(bans.GUEST):
        return own_s
    neighbours = said.filter(network=viewer.network, author__startswith=bans.GUEST)
    return max(own_s, wait_s(neighbours, rules.NETWORK_BURST))


def _write(show: Show, viewer: Claims, message: Message, text: str) -> Message:
    message.pk = new_id()
    body = {
        "message_id": message.pk,
        "author": {"id": viewer.sub, "name": viewer.name, "role": author_role(viewer)},
        "text": text,
        "client_id": message.client_id,
    }
    (entry,) = timeline.append(
        show.timeline_id, [NewEntry("message.posted", body, actor=viewer.sub)]
    )
    message.show, message.seq = show, entry.seq
    message.author, message.author_name = viewer.sub, viewer.name
    message.network = viewer.network
    message.save(force_insert=True)
    return message
