"""The hours at which a feed is imported, and the share of products that a run may hide."""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_DAY_H: Final = 24
_DAYS: Final = 3  # today, and enough days for a time zone that skips one


def next_run(after: datetime, every_h: int, at_hour: int, zone: ZoneInfo) -> datetime:
    """Return the first of the feed's hours after a time. The hours are those of the clocks in its
    zone, so a daily run stays at its hour when summer time begins or ends."""
    today = after.astimezone(zone).date()
    hours = range(at_hour % every_h, _DAY_H, every_h)
    moments = (
        datetime.combine(today + timedelta(days=day), time(hour), zone).astimezone(UTC)
        for day in range(_DAYS)
        for hour in hours
    )
    return min(moment for moment in moments if moment > after)


def hides_too_many(hidden: int, total: int, share_max: int) -> bool:
    """Return whether a run would hide more than `share_max` percent of a feed's products."""
    return hidden * 100 > total * share_max
