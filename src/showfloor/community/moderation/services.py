"""What moderators lay on people: bans, and their end.

Locks: show, its timeline, its backstage, then persons' streams by subject.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import bans
from showfloor.accounts.models import Ban, User
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message
from showfloor.community.moderation import audit
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, NotFound
from showfloor.kernel.ids import is_id
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline

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
            chat.delete_all(locked, list(theirs.order_by("-seq")[:DELETED_WITH_BAN_MAX]), by)
        audit.log(
            locked, by, "ban", target=subject, target_name=ban.name, reason=ban.reason,
            detail={"ban_id": ban.pk},
        )  # fmt: skip
    return ban


def lift_ban(show: Show, ban_id: str, by: User) -> None:
    """Let someone in again; NotFound. Lifting a lifted ban changes nothing."""
    with timeline.write():
        locked = _lock(show)
        standing = Ban.objects.for_brand(show.brand_id).filter(pk=ban_id).first()
        is_lifted = standing is not None and standing.lifted_at is not None
        ban = bans.lift_ban(show.brand_id, ban_id)
        if not is_lifted:
            audit.log(
                locked, by, "ban.lifted", target=ban.subject, target_name=ban.name,
                detail={"ban_id": ban.pk},
            )  # fmt: skip


def _lock(show: Show) -> Show:
    rows = Show.objects.for_brand(show.brand_id).select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("brand").filter(pk=show.pk).first()
    if locked is None:
        raise NotFound(_("There is no such show."))
    return locked


def _messages(show: Show) -> QuerySet[Message]:
    return Message.objects.for_brand(show.brand_id).filter(show=show)


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
