"""Years, months and days in which rows exist, for the dates above a list of the back office."""

from datetime import date, datetime, timedelta
from typing import Any, override

from django.db.models import QuerySet
from django.utils import timezone


class DateSteps(QuerySet[Any]):
    """Rows whose `datetimes` steps through an index: from the first row of a year to the first row
    after that year. Django's own way computes the year of every row, 350 ms at 100,000 on SQLite.
    """

    @classmethod
    def over(cls, rows: QuerySet[Any]) -> "DateSteps":
        """Return the same rows."""
        return cls(model=rows.model, query=rows.query.chain(), using=rows.db)

    @override
    def datetimes(  # type: ignore[override]
        self, field_name: str, kind: str, order: str = "ASC", tzinfo: Any = None
    ) -> list[datetime]:
        """Return the beginnings of the periods (`year`, `month`, `day`), the earliest first."""
        zone = tzinfo or timezone.get_current_timezone()
        times = self.order_by(field_name).values_list(field_name, flat=True)
        found: list[datetime] = []
        at = times.filter(**{f"{field_name}__isnull": False}).first()
        while at is not None:
            begin, after = _period(at.astimezone(zone).date(), kind)
            found.append(datetime(begin.year, begin.month, begin.day, tzinfo=zone))
            end = datetime(after.year, after.month, after.day, tzinfo=zone)
            at = times.filter(**{f"{field_name}__gte": end}).first()
        return found


def _period(day: date, kind: str) -> tuple[date, date]:
    """Return the first day of the period, and that of the next one."""
    if kind == "year":
        return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    if kind == "month":
        return day.replace(day=1), date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day, day + timedelta(days=1)
