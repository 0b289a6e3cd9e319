"""The words of a decision for the two sides, on their pages and in their mails (Art. 17(3))."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from showfloor.accounts import time_zones
from showfloor.accounts.models import Brand
from showfloor.community.notices import rules
from showfloor.community.notices.models import ContentKind, ContentNotice, NoticeOrigin, NoticeState
from showfloor.community.safety.takedowns import AutomatedMeans

type Facts = Sequence[tuple[str, str]]


def notice_facts(notice: ContentNotice) -> Facts:
    """Return what somebody reported."""
    reason, received = receipt_facts(notice)
    return [
        (_("Address of the content"), notice.location),
        reason,
        (_("Explanation"), notice.explanation),
        received,
    ]


def receipt_facts(notice: ContentNotice) -> Facts:
    """Return what a receipt repeats: nothing that was typed, since nobody has proven the address.
    The form could otherwise send anybody any words in the brand's name."""
    return [
        (_("Reason"), str(notice.get_category_display())),
        (_("Received"), moment(notice.brand, notice.submitted_at)),
    ]


def decision_facts(notice: ContentNotice) -> Facts:
    """Return the decision, with facts, ground and the part of machines in it; none before."""
    if notice.decided_at is None:
        return []
    facts = [(_("Decision"), str(notice.get_state_display()))]
    if done := " ".join(part for part in (_taken_down(notice), notice.measure) if part):
        facts.append((_("What was done"), done))
    if notice.state != NoticeState.LAWFUL:
        facts.append((_("Ground"), f"{notice.get_ground_display()}: {notice.clause}"))
    return [
        *facts,
        (_("Facts and reasons"), notice.reason),
        (_("Automated means"), str(notice.get_automated_display())),
        (_("Decided"), moment(notice.brand, notice.decided_at)),
    ]


def statement_facts(notice: ContentNotice) -> Facts:
    """Return the statement of reasons for the author of the content. The name of the person who
    sent the notice is no part of it."""
    is_ban = notice.kind == ContentKind.PERSON
    return [
        (_("Your content"), "" if is_ban else notice.content or notice.location),
        (_("How we heard of it"), _heard_by(notice)),
        *decision_facts(notice),
    ]


def _heard_by(notice: ContentNotice) -> str:
    if notice.automated != AutomatedMeans.NONE:
        return _("A filter held it before it was shown; nobody sent a notice.")
    if notice.origin == NoticeOrigin.OWN:
        return _("One of our moderators saw it; nobody sent a notice.")
    return _("Somebody sent us a notice that it is illegal.")


def redress(notice: ContentNotice) -> list[str]:
    """Return what can be done against a decision (Art. 16(5), 17(3)(f)); nothing before."""
    if notice.decided_at is None:
        return []
    until = moment(notice.brand, rules.complain_until(notice.decided_at))
    return [
        _("You can complain to us about this decision until %(until)s, free of charge. "
          "A person decides about it.") % {"until": until},
        _("You can turn to a certified body for out-of-court dispute settlement "
          "(Regulation (EU) 2022/2065, Art. 21)."),
        _("You can go to court."),
    ]  # fmt: skip


def _taken_down(notice: ContentNotice) -> str:
    if notice.state != NoticeState.REMOVED:
        return ""
    if notice.automated != AutomatedMeans.NONE:
        return "" if notice.measure else _("It was not shown.")
    return {
        ContentKind.MESSAGE.value: _("The message was deleted."),
        ContentKind.QUESTION.value: _("The question was removed."),
        ContentKind.POLL.value: _("The poll was withdrawn."),
        ContentKind.SHOW.value: _("The show is no longer public."),
        ContentKind.PRODUCT.value: _("The product is no longer sold and has no page any more."),
    }.get(notice.kind, "")


def as_text(facts: Facts) -> str:
    return "\n\n".join(f"{label}: {value}" for label, value in facts if value)


def moment(brand: Brand, at: datetime) -> str:
    """Return a moment as it is said to people, in the brand's time zone."""
    local = timezone.localtime(at, time_zones.zone(brand.time_zone))
    return f"{formats.date_format(local, 'DATE_FORMAT')}, {local:%H:%M} ({local.tzname()})"


def reason_of_ban() -> str:
    """Return the facts of a ban for which the moderator wrote none."""
    return _("A moderator found that you break this rule.")
