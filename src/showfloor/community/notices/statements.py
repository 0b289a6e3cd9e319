"""Statements of reasons for what moderators take down without a notice, what a filter holds and
nobody shows, and bans (Regulation (EU) 2022/2065, Art. 17): a decided notice of our own, with the
same page, mail, entry on the person's own stream and way to complain.

None is due for a wave of advertising (Art. 17(2)), for staff's own words, and for an erasure, which
the person has asked for.
"""

from datetime import timedelta
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.subjects import Subject
from showfloor.community.chat.models import Message
from showfloor.community.notices import content, services, wording
from showfloor.community.notices.models import (
    ContentKind,
    ContentNotice,
    GroundKind,
    IllegalCategory,
    NoticeOrigin,
    NoticeState,
)
from showfloor.community.safety import takedowns
from showfloor.community.safety.takedowns import AutomatedMeans, Exclusion, Takedown, TakedownReason
from showfloor.kernel.clock import utc_now

WAVE: Final = 5  # messages of one author, deleted within
WAVE_WITHIN: Final = timedelta(hours=1)
_CATEGORIES: Final = {
    TakedownReason.INSULT: IllegalCategory.HATE, TakedownReason.PRIVACY: IllegalCategory.PRIVACY,
    TakedownReason.SPAM: IllegalCategory.FRAUD,
}  # fmt: skip


def register() -> None:
    """Hear of what moderators take down."""
    takedowns.register(state)


def state(taken: Takedown | Exclusion, reason: TakedownReason, by: User | None) -> None:
    """Write the statement, in the open transaction, and have it sent where an address is known."""
    person = Subject.parse_person(taken.author)
    if person is None or person.is_staff:
        return
    if reason is TakedownReason.SPAM and _is_wave(taken):
        return
    show, now = taken.show, utc_now()
    with translation.override(show.brand.language):
        made = ContentNotice(
            brand_id=show.brand_id, origin=NoticeOrigin.OWN, show=show, author=taken.author,
            author_name=taken.author_name, category=_CATEGORIES.get(reason, IllegalCategory.OTHER),
            language=show.brand.language, submitted_at=now, due_at=now, decided_at=now,
            decided_by=by, ground=GroundKind.TERMS, **_what(taken, reason),
        )  # fmt: skip
        made.save(force_insert=True)
    services.send_statement(made, now)


def _what(taken: Takedown | Exclusion, reason: TakedownReason) -> dict[str, Any]:
    """Return what was done, and why, as fields of the statement."""
    rule, at = _("Rules of the chat: %(rule)s"), f"/shows/{taken.show.slug}"
    if isinstance(taken, Exclusion):
        return {
            "kind": ContentKind.PERSON, "target": taken.ban, "location": at,
            "state": NoticeState.RESTRICTED, "measure": _ban(taken),
            "clause": rule % {"rule": reason.label},
            "reason": taken.note or wording.reason_of_ban(),
        }  # fmt: skip
    is_expired = taken.automated == AutomatedMeans.EXPIRED
    held = _("What a filter holds is shown once a moderator agrees")
    return {
        "kind": taken.kind, "target": taken.target,
        "location": f"{at}#{taken.kind}-{taken.target}",
        "content": taken.words[: content.WORDS_MAX], "state": NoticeState.REMOVED,
        "clause": rule % {"rule": held if is_expired else reason.label},
        "measure": _of_several(taken), "reason": _facts(taken), "automated": taken.automated,
    }  # fmt: skip


def _ban(made: Exclusion) -> str:
    if made.until is None:
        return _("You are banned from all shows of this brand until somebody lifts the ban.")
    until = wording.moment(made.show.brand, made.until)
    return _("You are banned from all shows of this brand until %(until)s.") % {"until": until}


def _facts(taken: Takedown) -> str:
    if taken.automated == AutomatedMeans.EXPIRED:
        return _("A filter held it, and no moderator decided about it in time.")
    return _("A moderator has read it and found that it breaks this rule.")


def _of_several(taken: Takedown) -> str:
    if taken.count == 1:
        return ""
    if taken.kind == ContentKind.QUESTION:
        words = _("Your questions were not shown, %(count)d of them.")
    elif taken.automated != AutomatedMeans.NONE:
        words = _("Your messages were not shown, %(count)d of them.")
    else:
        words = _("All your messages in this show were deleted, %(count)d of them.")
    return words % {"count": taken.count}


def _is_wave(taken: Takedown | Exclusion) -> bool:
    gone = Message.objects.for_brand(taken.show.brand_id).filter(
        show=taken.show, author=taken.author, deleted_at__gte=utc_now() - WAVE_WITHIN
    )
    return gone.count() >= WAVE
