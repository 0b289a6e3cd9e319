"""Retention of sign-ins."""

from datetime import datetime

from django.contrib.sessions.models import Session

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.retention import Keep


@verb
def _forget_sessions(before: datetime, limit: int) -> int:
    with write():
        over = Session.objects.filter(expire_date__lt=before).order_by("expire_date")
        keys = list(over.values_list("pk", flat=True)[:limit])
        Session.objects.filter(pk__in=keys).delete()
    return len(keys)


KEPT = [Keep("sessions", 0, _forget_sessions)]
