"""The iCalendar file (RFC 5545) of a show, with one event."""

from datetime import UTC, datetime, timedelta

from django.utils.text import Truncator

from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show

_LENGTH = timedelta(hours=1)  # as planned: nobody knows how long a show will be
_LINE_BYTES = 75  # RFC 5545, 3.1: longer lines are folded


def calendar(show: Show, url: str) -> str:
    """Return the file's text; the show must have a time."""
    assert show.starts_at is not None, "a show without a time is in no calendar"
    ends_at = show.ended_at or show.starts_at + _LENGTH
    description = Truncator(show.description).chars(500)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Showfloor//Show//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{show.pk}@showfloor",
        f"DTSTAMP:{_stamp(utc_now())}",
        f"DTSTART:{_stamp(show.starts_at)}",
        f"DTEND:{_stamp(max(ends_at, show.starts_at))}",
        f"SUMMARY:{_text(f'{show.title} · {show.brand.name}')}",
        f"DESCRIPTION:{_text(f'{description}\n\n{url}'.strip())}",
        f"URL:{url}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT10M",
        f"DESCRIPTION:{_text(show.title)}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """Escape backslash, comma, semicolon and line ends (RFC 5545, 3.3.11)."""
    for char in "\\,;":
        text = text.replace(char, f"\\{char}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _fold(line: str) -> str:
    """Fold lines at 75 octets, never inside a character; a fold is CRLF and one space."""
    parts, room = [""], _LINE_BYTES
    for char in line:
        size = len(char.encode())
        if size > room:
            parts.append(" ")
            room = _LINE_BYTES - 1
        parts[-1] += char
        room -= size
    return "\r\n".join(parts)
