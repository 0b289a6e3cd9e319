"""Retention of notices: three years from the decision, the time in which claims about it end."""

from datetime import datetime
from typing import Final

from showfloor.accounts.row_deletion import delete_some
from showfloor.community.notices.models import ComplaintState, ContentNotice, NoticeOrigin
from showfloor.kernel.retention import Keep


def _forget_notices(before: datetime, limit: int) -> int:
    """Delete decided notices with their complaints, but none with a complaint that waits."""
    old = ContentNotice.objects.all_brands().filter(decided_at__lt=before)
    done = old.exclude(complaints__state=ComplaintState.OPEN)
    return delete_some(done.order_by("decided_at"), limit)


def _forget_statements(before: datetime, limit: int) -> int:
    """Delete statements about moderators' own decisions once nobody can complain any more."""
    old = ContentNotice.objects.all_brands().filter(origin=NoticeOrigin.OWN, decided_at__lt=before)
    done = old.exclude(complaints__isnull=False)
    return delete_some(done.order_by("decided_at"), limit)


KEPT: Final = (
    Keep("notices", 1095, _forget_notices, every_s=3600.0),
    Keep("own_statements", 190, _forget_statements, every_s=3600.0),
)
