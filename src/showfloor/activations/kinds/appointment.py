"""Book an appointment: slots with places, at wall-clock times of a zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from showfloor.accounts import time_zones
from showfloor.activations.kinds.registry import (
    ActivationKind,
    FormField,
    Payload,
    field,
    read_count,
    register,
)
from showfloor.community.textfilter.cleaning import one_line
from showfloor.kernel.clock import iso_ms, parse_iso, utc_now
from showfloor.kernel.errors import Invalid

SLOTS_MAX, CAPACITY_MAX, MINUTES_MAX, PLACE_MAX = 100, 1000, 1440, 200


def _read(given: Mapping[str, Any]) -> Payload:
    zone = str(given.get("time_zone", "UTC"))
    if zone not in time_zones.names():
        raise Invalid(
            _("There is no such time zone; choose one like Europe/Berlin."), field="time_zone"
        )
    slots = given.get("slots")
    if not isinstance(slots, list) or not 1 <= len(slots) <= SLOTS_MAX:
        raise Invalid(_("Give 1 to %(count)d times.") % {"count": SLOTS_MAX}, field="slots")
    moments = sorted({_moment(one, zone) for one in slots})
    return {
        "slots": moments, "time_zone": zone,
        "capacity": read_count(given, "capacity", 1, CAPACITY_MAX),
        "minutes": read_count(given, "minutes", 5, MINUTES_MAX),
        "place": _place(given),
    }  # fmt: skip


def _place(given: Mapping[str, Any]) -> str:
    place = one_line(str(given.get("place", "")))
    if len(place) > PLACE_MAX:
        raise Invalid(_("At most %(count)d characters.") % {"count": PLACE_MAX}, field="place")
    return place


def _moment(text: Any, zone: str) -> str:
    """Return a slot as a moment of UTC: `2027-03-01T18:30` is the wall clock of the zone."""
    try:
        moment = datetime.fromisoformat(str(text))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=time_zones.zone(zone))
        slot = iso_ms(moment)
    except (ValueError, OverflowError):
        raise Invalid(_("This is not a time."), field="slots") from None
    if moment <= utc_now():
        raise Invalid(_("This time is over."), field="slots")
    return slot


def _fields(payload: Payload) -> list[FormField]:
    return [
        field("slot", "choice", chars_max=40, options=payload["slots"]),
        field("name", chars_max=120), field("email", "email", chars_max=254),
    ]  # fmt: skip


def _pools(payload: Payload) -> Mapping[str, int]:
    capacity: int = payload["capacity"]
    slots: list[str] = payload["slots"]
    return dict.fromkeys(slots, capacity)


def _is_over(slot: str, now: datetime) -> bool:
    return parse_iso(slot) <= now


KIND: Final = ActivationKind(
    "appointment", _read, _fields, _pools, pool_field="slot", can_cancel=True, is_over=_is_over
)
register(KIND)
