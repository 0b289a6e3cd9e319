"""Retention of notices: three years from the decision, the time in which claims about it end."""

from datetime import datetime
from typing import Final

from showfloor.accounts.row_deletion import delete_some
from showfloor.community.notices.models import ComplaintState, ContentNotice
from showfloor.kernel.retention import Keep


def _forget_notices(before: datetime, limit: int) -> int:
    """Delete decided notices with their complaints, but none with a complaint that waits."""
    old = ContentNotice.objects.all_brands().filter(decided_at__lt=before)
    done = old.exclude(complaints__state=ComplaintState.OPEN)
    return delete_some(done.order_by("decided_at"), limit)


KEPT: Final = (Keep("notices", 1095, _forget_notices, every_s=3600.0),)
