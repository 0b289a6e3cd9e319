"""Reads of moderation: review items, the audit log, and a viewer's own restrictions."""

from collections import Counter
from collections.abc import Sequence
from typing import TypedDict

from django.db.models import Q, QuerySet

from showfloor.accounts.models import Ban, User
from showfloor.accounts.services import staff_name
from showfloor.accounts.subjects import Subject
from showfloor.community.authors import Author
from showfloor.community.chat.models import Message, MessageState
from showfloor.community.questions.models import Question
from showfloor.community.safety import audit
from showfloor.community.safety.models import (
    AuditEntry,
    Restriction,
    RestrictionKind,
    ReviewItem,
    ReviewState,
)
from showfloor.kernel.clock import iso_ms, iso_or_none, utc_now
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline

ITEMS_MAX = 200
LINES = 50


class Record(TypedDict):
    """The history of an author: messages shown in this show, how many of them were deleted, and
    restrictions at the brand."""

    messages: int
    deleted: int
    warnings: int
    time_outs: int
    shadows: int
    bans: int


class ReviewView(TypedDict):
    """`taken_by` is the name of the moderator who has it open until `taken_until`; `is_mine` says
    whether that is the reader. Two moderators may have the same name."""

    item_id: str
    of: str  # message, question
    target_id: str
    is_held: bool  # not shown before it is approved; else it is shown all the while
    author: Author
    text: str
    reason: str
    detail: str
    reports: int
    at: str
    taken_by: str | None
    taken_until: str | None
    is_mine: bool
    record: Record


class AuditLine(TypedDict):
    audit_id: str
    at: str
    action: str
    actor: str
    is_mine: bool
    target: str
    target_name: str
    reason: str
    can_undo: bool  # and was not undone
    undone: bool
    undoes: str | None


class OwnWarning(TypedDict):
    warning_id: str
    reason: str


class ModerationMine(TypedDict):
    time_out_until: str | None
    time_out_reason: str
    warning: OwnWarning | None


def mine(show: Show, subject: str) -> ModerationMine:
    """Return the restrictions of this person (a token's `sub`), as far as the person may know."""
    rows = in_force(show.brand_id).filter(subject=subject)
    time_outs = rows.filter(kind=RestrictionKind.TIME_OUT, until__isnull=False)
    time_out = time_outs.order_by("-until", "pk").first()
    until = time_out.until if time_out is not None else None
    warning = rows.filter(kind=RestrictionKind.WARNING).order_by("created_at", "pk").first()
    return {
        "time_out_until": iso_ms(until) if until is not None else None,
        "time_out_reason": time_out.reason if time_out is not None else "",
        "warning": {"warning_id": warning.pk, "reason": warning.reason} if warning else None,
    }


def in_force(brand_id: str) -> QuerySet[Restriction]:
    """Return the restrictions in force at a brand."""
    waits = Q(kind=RestrictionKind.WARNING, acknowledged_at__isnull=True)
    rows = Restriction.objects.for_brand(brand_id).filter(lifted_at__isnull=True)
    return rows.filter(waits | Q(until__gt=utc_now()))


def open_items(show: Show, by: User) -> list[ReviewView]:
    """Return the open review items as `by` sees them, the oldest first."""
    rows = ReviewItem.objects.for_brand(show.brand_id).filter(show=show, state=ReviewState.OPEN)
    rows = rows.select_related("message", "question", "taken_by").order_by("created_at", "pk")
    items = list(rows[:ITEMS_MAX])
    said = [item.message.seq for item in items if item.message and item.message.seq is not None]
    texts = {
        entry.body["message_id"]: entry.body.get("text", "")
        for entry in timeline.pick(show.timeline_id, said)
    }
    records = _records(show, [_of(item).author for item in items])
    return [_view(item, show, by, texts, records[_of(item).author]) for item in items]


def audit_lines(
    show: Show, by: User, before: str | None = None, limit: int = LINES
) -> list[AuditLine]:
    """Return the lines of this show, and of the brand as a whole, as `by` sees them, the latest
    first; only those older than the line `before`."""
    lines = AuditEntry.objects.for_brand(show.brand_id)
    lines = lines.filter(Q(show=show) | Q(show__isnull=True)).order_by("-pk")
    if before is not None:
        lines = lines.filter(pk__lt=before)
    found = list(lines[:limit])
    undone = set(
        AuditEntry.objects.for_brand(show.brand_id)
        .filter(undoes__in=[line.pk for line in found])
        .values_list("undoes_id", flat=True)
    )
    return [_line(line, by, was_undone=line.pk in undone) for line in found]


def _line(line: AuditEntry, by: User, *, was_undone: bool) -> AuditLine:
    return {
        "audit_id": line.pk,
        "at": iso_ms(line.at),
        "action": line.action,
        "actor": line.actor_name,
        "is_mine": line.actor == str(by.staff_subject),
        "target": line.target,
        "target_name": line.target_name,
        "reason": line.reason,
        "can_undo": audit.can_undo(line) and not was_undone,
        "undone": was_undone,
        "undoes": line.undoes_id,
    }


def _view(
    item: ReviewItem, show: Show, by: User, texts: dict[str, str], record: Record
) -> ReviewView:
    of, now = _of(item), utc_now()
    is_taken = item.taken_until is not None and item.taken_until > now
    taken_by = item.taken_by if is_taken else None
    return {
        "item_id": item.pk,
        "of": "message" if isinstance(of, Message) else "question",
        "target_id": of.pk,
        "is_held": of.state == MessageState.HELD,  # a question's state has the same name
        "author": _author(of),
        "text": _text(of, texts),
        "reason": item.reason,
        "detail": item.detail,
        "reports": item.reports,
        "at": iso_ms(item.created_at),
        "taken_by": staff_name(taken_by, show.brand) if taken_by is not None else None,
        "taken_until": iso_or_none(item.taken_until) if taken_by is not None else None,
        "is_mine": taken_by == by,
        "record": record,
    }


def _of(item: ReviewItem) -> Message | Question:
    of = item.message if item.message is not None else item.question
    assert of is not None, "an item is of a message or a question"
    return of


def _text(of: Message | Question, texts: dict[str, str]) -> str:
    return of.text if isinstance(of, Question) else of.held_text or texts.get(of.pk, "")


def _author(of: Message | Question) -> Author:
    if isinstance(of, Question):
        role = of.author_role
    else:
        role = "guest" if Subject.parse(of.author).is_guest else "member"
    return {"id": of.author, "name": of.author_name, "role": role}


def _records(show: Show, authors: Sequence[str]) -> dict[str, Record]:
    wanted = sorted(set(authors))
    said = Message.objects.for_brand(show.brand_id).filter(
        show=show, author__in=wanted, seq__isnull=False
    )
    messages, deleted = Counter[str](), Counter[str]()
    for author, gone in said.values_list("author", "deleted_at")[:20_000]:
        messages[author] += 1
        deleted[author] += gone is not None
    kinds = Counter(
        Restriction.objects.for_brand(show.brand_id)
        .filter(subject__in=wanted)
        .values_list("subject", "kind")
    )
    bans = Counter(
        Ban.objects.for_brand(show.brand_id)
        .filter(subject__in=wanted)
        .values_list("subject", flat=True)
    )
    return {
        author: {
            "messages": messages[author],
            "deleted": deleted[author],
            "warnings": kinds[author, RestrictionKind.WARNING.value],
            "time_outs": kinds[author, RestrictionKind.TIME_OUT.value],
            "shadows": kinds[author, RestrictionKind.SHADOW.value],
            "bans": bans[author],
        }
        for author in wanted
    }
