"""The reads of the stage."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final, TypedDict

from django.utils.translation import gettext as _

from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import NotFound, NotSignedIn
from showfloor.shows.models import Show, ShowState
from showfloor.stage import rules
from showfloor.stage.models import StageGuest, StageState

LISTED_MAX: Final = 20
_LISTED_AFTER: Final = timedelta(hours=6)  # a link that ended since is still told


class GuestView(TypedDict):
    """`state`: see `stage.models.StageState`. `expires_at`: the end of a link that nobody has
    used."""

    id: str
    role: str
    name: str
    state: str
    expires_at: str
    is_expired: bool


def people(show: Show) -> Sequence[GuestView]:
    """Return those who count, in the order of their invitations."""
    rows = StageGuest.objects.for_brand(show.brand_id).filter(show=show)
    rows = rows.exclude(state=StageState.REMOVED).order_by("invited_at", "pk")
    now = utc_now()
    shown = [
        one for one in rows if rules.takes_place(one.state, one.expires_at + _LISTED_AFTER, now)
    ]
    return [view(one) for one in shown[-LISTED_MAX:]]


def view(guest: StageGuest) -> GuestView:
    return {
        "id": guest.pk,
        "role": guest.role,
        "name": guest.name,
        "state": guest.state,
        "expires_at": iso_ms(guest.expires_at),
        "is_expired": not rules.takes_place(guest.state, guest.expires_at, utc_now()),
    }


def by_link(key: str) -> StageGuest:
    """Return the guest of a link, whatever became of it; NotFound."""
    rows = StageGuest.objects.all_brands().select_related("show", "show__brand")
    found = rows.filter(key_hash=rules.hash_of(key)).first() if rules.is_key(key) else None
    if found is None:
        raise no_such_link()
    return found


def by_seat(seat: str) -> StageGuest:
    """Return the guest in this seat; NotSignedIn, also for one who was removed or whose link was
    renewed."""
    rows = StageGuest.objects.all_brands().select_related("show", "show__brand")
    found = rows.filter(seat_hash=rules.hash_of(seat)).first() if rules.is_key(seat) else None
    if found is None or found.state == StageState.REMOVED:
        raise NotSignedIn(_("You have no seat here (any more)."), code="no-seat")
    return found


def inside(guest_ids: Collection[str]) -> set[str]:
    """Return those of these guests who may be connected now."""
    rows = StageGuest.objects.all_brands().filter(pk__in=guest_ids)
    states = [StageState.GREEN_ROOM, StageState.ON_STAGE]
    there = rows.filter(state__in=states).exclude(show__state=ShowState.ENDED)
    return set(there.values_list("pk", flat=True))


def for_guest(guest: StageGuest) -> dict[str, Any]:
    """Return what a guest's own page shows of her."""
    return {"id": guest.pk, "role": guest.role, "name": guest.name, "state": guest.state}


def no_such_link() -> NotFound:
    return NotFound(_("This link leads nowhere. Ask the host for a new one."), code="link-unknown")
