"""Retention of sign-ins."""

from datetime import datetime

from django.contrib.sessions.models import Session

from showfloor.accounts.row_deletion import delete_some
from showfloor.kernel.retention import Keep


def _forget_sessions(before: datetime, limit: int) -> int:
    over = Session.objects.filter(expire_date__lt=before)
    return delete_some(over.order_by("expire_date"), limit)


KEPT = [Keep("sessions", 0, _forget_sessions)]
