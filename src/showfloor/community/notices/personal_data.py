"""Personal data of notices and complaints, and their erasure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import translation

from showfloor.accounts.row_values import row_values
from showfloor.accounts.services import emails_of_member
from showfloor.accounts.transactions import verb, write
from showfloor.community.notices import wording
from showfloor.community.notices.models import (
    ComplaintSide,
    ContentKind,
    ContentNotice,
    NoticeComplaint,
)
from showfloor.kernel.slices import Erasure, PersonalColumns


@verb
def erase(order: Erasure) -> Mapping[str, int]:
    """Take the person out of notices: as the one who sent it, name and address; as the author, name
    and words. What was decided, and why, stays: others may complain about it. Of a ban the words of
    the moderator go, which may name the person; the broken rule stays."""
    rows = ContentNotice.objects.for_brand(order.brand_id)
    with write():
        sent = _sent_by(order.brand_id, order.subject)
        complaints = _complaints_of(order.brand_id, order.subject).exclude(email="")
        found = complaints.update(email="")
        found += sent.exclude(name="", email="", notifier="").update(name="", email="", notifier="")
        written = rows.filter(author=order.subject).exclude(author_name="", content="")
        found += written.update(author_name="", content="")
        for ban in rows.filter(author=order.subject, kind=ContentKind.PERSON):
            with translation.override(ban.language):
                ban.reason = wording.reason_of_ban()
            ban.save(update_fields=["reason"])
    return {"notices": found}


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the notices that this person sent, decisions about what they wrote, and complaints."""
    written = ContentNotice.objects.for_brand(brand_id).filter(author=subject)
    decision = {
        "state": "state", "measure": "measure", "ground": "ground", "clause": "clause",
        "reason": "reason", "decided_at": "decided_at",
    }  # fmt: skip
    return {
        "notices": row_values(
            _sent_by(brand_id, subject), location="location", category="category",
            explanation="explanation", name="name", email="email", submitted_at="submitted_at",
            **decision,
        ),
        "statements_of_reasons": row_values(
            written.exclude(decided_at=None), location="location", content="content", **decision
        ),
        "complaints": row_values(
            _complaints_of(brand_id, subject), text="text", email="email",
            submitted_at="submitted_at", state="state", answer="answer", decided_at="decided_at",
        ),
    }  # fmt: skip


def _sent_by(brand_id: str, subject: str) -> QuerySet[ContentNotice]:
    by_mail = Q(email__in=emails_of_member(brand_id, subject))
    rows = ContentNotice.objects.for_brand(brand_id)
    return rows.filter(Q(notifier=subject) | (by_mail & ~Q(email="")))


def _complaints_of(brand_id: str, subject: str) -> QuerySet[NoticeComplaint]:
    sent = Q(side=ComplaintSide.NOTIFIER, notice__in=_sent_by(brand_id, subject).values("pk"))
    written = Q(side=ComplaintSide.AUTHOR, notice__author=subject)
    return NoticeComplaint.objects.for_brand(brand_id).filter(sent | written)


COLUMNS: Final = (
    PersonalColumns(
        "community.ContentNotice",
        (
            "content", "author", "author_name", "explanation", "name", "email", "notifier",
            "decided_by", "measure", "reason",
        ),
        "notices of illegal content, the decisions and their reasons", "notices",
        "name and address of who sent it, name and words of the author, and a moderator's words "
        "about a banned person are emptied; other reasons stay",
    ),
    PersonalColumns(
        "community.NoticeComplaint", ("text", "email", "answer", "decided_by"),
        "complaints about such decisions", "notices",
        "the address is emptied; complaint and answer stay",
    ),
)  # fmt: skip
