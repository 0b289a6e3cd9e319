"""Time zones of brands: names of the IANA database."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def installation_zone() -> str:
    """Return the time zone that a new brand begins with."""
    name: str = settings.SHOWFLOOR.time_zone
    return name


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Return the zones of this machine: the library walks through their folders for each call."""
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the time zones that can be chosen: `UTC`, and the places."""
    places = (name for name in _known() if _is_place(name))
    return ("UTC", *sorted(places))


def check_time_zone(name: str) -> None:
    if name not in _known():
        raise ValidationError(_("There is no such time zone; choose one like Europe/Berlin."))


def zone(name: str) -> ZoneInfo:
    """Return the time zone of this name; UTC if this machine does not know it."""
    return ZoneInfo(name if name in _known() else "UTC")


def shared(zones: set[str]) -> ZoneInfo:
    """Return the zone that all these brands share, else the installation's."""
    return zone(zones.pop() if len(zones) == 1 else installation_zone())


def _is_place(name: str) -> bool:
    area, slash, _place = name.partition("/")
    return bool(slash) and area not in {"Etc", "SystemV", "US", "posix", "right"}
