"""Counters of a year for the transparency report (Regulation (EU) 2022/2065, Art. 15)."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.community.notices.models import (
    ComplaintState,
    ContentNotice,
    GroundKind,
    IllegalCategory,
    NoticeComplaint,
    NoticeOrigin,
    NoticeState,
)
from showfloor.community.safety.takedowns import AutomatedMeans

_ROWS = 2000  # read at once

type Table = Sequence[Sequence[object]]


def of_year(brand: Brand, year: int) -> Table:
    """Return the table: the notices that came in this year (UTC) by category and decision, hours
    until the decision, and the complaints that came."""
    first, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    every = ContentNotice.objects.for_brand(brand).filter(
        submitted_at__gte=first, submitted_at__lt=last
    )
    rows = every.filter(origin=NoticeOrigin.NOTICE)
    by_filter = every.filter(automated=AutomatedMeans.EXPIRED).count()
    by_state: Counter[tuple[str, str]] = Counter()
    by_ground: Counter[str] = Counter()
    hours: list[float] = []
    columns = rows.order_by("pk").values_list(
        "category", "state", "ground", "submitted_at", "decided_at"
    )
    for category, state, ground, came, decided in columns.iterator(chunk_size=_ROWS):
        by_state[category, state] += 1
        by_ground[ground] += 1
        if decided is not None:
            hours.append((decided - came).total_seconds() / 3600)
    complaints = Counter(
        NoticeComplaint.objects.for_brand(brand)
        .filter(submitted_at__gte=first, submitted_at__lt=last)
        .values_list("state", flat=True)
    )
    return [
        [_("Category"), *(str(NoticeState(one).label) for one in NoticeState), _("Sum")],
        *(
            [one.label, *counts, sum(counts)]
            for one in IllegalCategory
            if (counts := [by_state[one.value, state.value] for state in NoticeState])
        ),
        [],
        *([str(one.label), by_ground[one.value]] for one in GroundKind),
        [_("Taken down by moderators without a notice"), every.count() - rows.count() - by_filter],
        [_("Decided by automated means alone"), by_filter],
        [_("Median hours until the decision"), round(median(hours), 1) if hours else ""],
        *(
            [_("Complaints: %(state)s") % {"state": one.label}, complaints[one.value]]
            for one in ComplaintState
        ),
    ]
