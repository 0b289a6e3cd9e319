"""A calendar file (iCalendar, RFC 5545) with one show as one event."""

from datetime import timedelta

from django.utils.text import Truncator
from icalendar import Alarm, Calendar, Event

from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show

_LENGTH = timedelta(hours=1)  # the plan: nobody knows how long a show will be
_REMINDER = timedelta(minutes=-10)


def calendar(show: Show, url: str) -> bytes:
    """Return the file of a show that has a time."""
    assert show.starts_at is not None, "a show without a time is in no calendar"
    ends_at = show.ended_at or show.starts_at + _LENGTH
    description = Truncator(show.description).chars(500)
    event = Event()
    event.add("uid", f"{show.pk}@showfloor")
    event.add("dtstamp", utc_now())
    event.add("dtstart", show.starts_at)
    event.add("dtend", max(ends_at, show.starts_at))
    event.add("summary", f"{show.title} · {show.brand.name}")
    event.add("description", f"{description}\n\n{url}".strip())
    event.add("url", url)
    event.add_component(_reminder(show))
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", "-//Showfloor//Show//EN")
    file.add("method", "PUBLISH")
    file.add_component(event)
    return bytes(file.to_ical(sorted=False))


def _reminder(show: Show) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", _REMINDER)
    alarm.add("description", show.title)
    return alarm
