"""Talking in a show, and keeping it a place where people like to talk.

Locks: show, then timeline. What someone said stands on the timeline alone, so that deleting it
there deletes it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import bans
from showfloor.accounts.models import Ban, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import rules
from showfloor.community.chat.models import Message
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from showfloor.kernel.ids import is_id, new_id
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

BAN_MINUTES_MAX = 60 * 24 * 365
DELETED_WITH_BAN_MAX = 200  # messages deleted with one ban


@dataclass(frozen=True, slots=True)
class BanOrder:
    """Whom to send out, named by something they said or by themselves."""

    message_id: str | None = None
    viewer_id: str | None = None  # a token's `sub`
    reason: str = ""
    minutes: int | None = None  # None: until lifted
    delete_messages: bool = False


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
        _delete(locked, [message], by)


def ban_viewer(show: Show, order: BanOrder, by: User) -> Ban:
    """Send someone out of the brand's shows: the person, and a guest also by network, so that
    clearing cookies does not undo it. Open connections are cut when this commits."""
    if order.minutes is not None and not 1 <= order.minutes <= BAN_MINUTES_MAX:
        raise Invalid(_("Choose 1 minute to 1 year."), field="minutes")
    with timeline.write():
        locked = _lock(show)
        message = _evidence(locked, order)
        subject = message.author if message is not None else order.viewer_id
        assert subject is not None, "an order names someone"
        is_guest = subject.startswith(bans.GUEST)
        ban = bans.ban(
            show.brand_id, subject,
            name=message.author_name if message is not None else _("A viewer"),
            network=message.network if message is not None and is_guest else "",
            reason=order.reason.strip(), by=by, until=_until(order.minutes),
        )  # fmt: skip
        if order.delete_messages:
            theirs = _messages(locked).filter(author=subject, deleted_at__isnull=True)
            _delete(locked, list(theirs.order_by("-seq")[:DELETED_WITH_BAN_MAX]), by)
    return ban


def lift_ban(show: Show, ban_id: str) -> None:
    """Let someone in again; NotFound."""
    bans.lift_ban(show.brand_id, ban_id)


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


def _delete(show: Show, messages: list[Message], by: User) -> None:
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


def _evidence(show: Show, order: BanOrder) -> Message | None:
    """The message a ban is about: the one named, or the person's last one in this show."""
    if order.message_id is not None:
        found = _messages(show).filter(pk=order.message_id).first()
        if found is None:
            raise NotFound(_("There is no such message."))
        return found
    viewer_id = order.viewer_id or ""
    kind, __, key = viewer_id.partition(":")
    if kind not in {"g", "m", "u"} or not is_id(key):
        raise Invalid(_("Say whom: a message or a viewer."), field="viewer_id")
    return _messages(show).filter(author=viewer_id).order_by("-seq").first()


def _until(minutes: int | None) -> datetime | None:
    return None if minutes is None else utc_now() + timedelta(minutes=minutes)
