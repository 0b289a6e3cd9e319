"""How long the reports of rehearsals are kept."""

from datetime import datetime
from typing import Final

from showfloor.accounts.row_deletion import delete_some
from showfloor.kernel.retention import Keep
from showfloor.rehearsals.models import Rehearsal


def _forget(before: datetime, limit: int) -> int:
    old = Rehearsal.objects.all_brands().filter(ended_at__lt=before)
    return delete_some(old.order_by("ended_at"), limit)


KEPT: Final = (Keep("rehearsals", 90, _forget, every_s=3600.0),)
