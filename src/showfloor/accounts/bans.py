"""Who was sent out of a brand's shows.

A ban names the person; for guests it also covers the network, so that clearing cookies does not
undo it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from showfloor.accounts.models import Ban, User
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, NotFound
from showfloor.kernel.listeners import Listeners

STAFF = "u:"
GUEST = "g:"


@dataclass(frozen=True, slots=True)
class BanChange:
    """What a live connection needs to know to act on a ban, or on its end (`lifted`)."""

    brand_id: str
    subject: str
    network: str
    until: datetime | None
    lifted: bool = False

    def covers(self, brand_id: str, subject: str, network: str) -> bool:
        """Whether this is about that viewer: the same person, or a guest on the same network."""
        same_network = bool(self.network) and network == self.network
        return brand_id == self.brand_id and (
            subject == self.subject or (same_network and subject.startswith(GUEST))
        )


_listeners = Listeners[BanChange]()


def subscribe(listener: Callable[[BanChange], object]) -> Callable[[], None]:
    """Be told of each ban and its end once it is committed; the result ends that."""
    return _listeners.subscribe(listener)


def ban(
    brand_id: str,
    subject: str,
    *,
    name: str,
    network: str = "",
    reason: str = "",
    by: User | None,
    until: datetime | None = None,
) -> Ban:
    """Send someone out; Invalid for staff. Banning someone again returns the ban that stands,
    extended to the later end."""
    if subject.startswith(STAFF):
        raise Invalid(_("Staff can't be banned; take their role away instead."), field="viewer_id")
    with transaction.atomic():
        standing = (
            Ban.objects.for_brand(brand_id)
            .filter(_in_force(utc_now()), subject=subject)
            .select_for_update()
            .first()
        )
        if standing is None:
            standing = Ban(
                brand_id=brand_id, subject=subject, network=network, name=name[:30],
                reason=reason[:200], banned_by=by, until=until,
            )  # fmt: skip
        else:
            standing.network = network or standing.network
            standing.until = _later(standing.until, until)
        standing.save()
        announce(standing)
    return standing


def lift_ban(brand_id: str, ban_id: str) -> Ban:
    """Let someone in again; NotFound. Lifting a lifted ban changes nothing."""
    with transaction.atomic():
        found = Ban.objects.for_brand(brand_id).filter(pk=ban_id).select_for_update().first()
        if found is None:
            raise NotFound(_("There is no such ban."))
        if found.lifted_at is None:
            found.lifted_at = utc_now()
            found.save(update_fields=["lifted_at"])
            announce(found)
    return found


def is_banned(brand_id: str, subject: str, network: str) -> bool:
    """Whether this viewer is out now: by person, or as a guest by network. Staff never are."""
    if subject.startswith(STAFF):
        return False
    who = Q(subject=subject)
    if network and subject.startswith(GUEST):
        who |= Q(network=network)
    return Ban.objects.for_brand(brand_id).filter(_in_force(utc_now()), who).exists()


def announce(row: Ban) -> None:
    """Tell the listeners when the open transaction commits."""
    change = BanChange(
        row.brand_id, row.subject, row.network, row.until, lifted=row.lifted_at is not None
    )
    transaction.on_commit(partial(_listeners.tell, change))


def _in_force(now: datetime) -> Q:
    return Q(lifted_at__isnull=True) & (Q(until__isnull=True) | Q(until__gt=now))


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return None if a is None or b is None else max(a, b)
