"""Reads of notices: what waits for staff, and the decisions about one person's content."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from showfloor.accounts.models import Brand
from showfloor.community.notices.models import (
    ComplaintState,
    ContentNotice,
    NoticeComplaint,
    NoticeState,
)

STATEMENTS_MAX = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """The numbers of notices and complaints that wait at a brand, and the time by which the first
    is to be decided."""

    notices: int
    complaints: int
    due_at: datetime | None


def waiting(brand: Brand) -> Waiting:
    rows = ContentNotice.objects.for_brand(brand).filter(state=NoticeState.OPEN)
    found = rows.aggregate(count=Count("pk"), first=Min("due_at"))
    complaints = NoticeComplaint.objects.for_brand(brand).filter(state=ComplaintState.OPEN)
    return Waiting(found["count"], complaints.count(), found["first"])


def statements_for(brand: Brand, author: str) -> list[ContentNotice]:
    """Return the decisions that restricted what this person (a token's `sub`) wrote, the latest
    first."""
    rows = ContentNotice.objects.for_brand(brand).filter(author=author)
    decided = rows.filter(state__in=[NoticeState.REMOVED, NoticeState.RESTRICTED])
    return list(decided.select_related("brand").order_by("-decided_at")[:STATEMENTS_MAX])


def complaint_of(notice: ContentNotice, side: str) -> NoticeComplaint | None:
    rows = NoticeComplaint.objects.for_brand(notice.brand_id)
    return rows.filter(notice=notice, side=side).first()
