"""Who was sent out of a brand's shows.

A ban names the person; for guests it also covers the network, so that clearing cookies does not
undo it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import access_changes
from showfloor.accounts.models import Ban, User, What
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, NotFound

STAFF = "u:"
GUEST = "g:"


@verb
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
    with write():
        row = standing(brand_id).filter(subject=subject).select_for_update().first()
        if row is None:
            row = Ban(
                brand_id=brand_id, subject=subject, network=network, name=name[:30],
                reason=reason[:200], banned_by=by, until=until,
            )  # fmt: skip
        else:
            row.network = network or row.network
            row.until = _later(row.until, until)
        row.save()
        announce(row)
    return row


@verb
def lift_ban(brand_id: str, ban_id: str) -> Ban:
    """Let someone in again; NotFound. Lifting a lifted ban changes nothing."""
    with write():
        found = Ban.objects.for_brand(brand_id).filter(pk=ban_id).select_for_update().first()
        if found is None:
            raise NotFound(_("There is no such ban."))
        if found.lifted_at is None:
            found.lifted_at = utc_now()
            found.save(update_fields=["lifted_at"])
            announce(found)
    return found


@verb
def set_end(brand_id: str, ban_id: str, until: datetime | None) -> None:
    """Let a ban that was not lifted end at another time; None: when it is lifted."""
    with write():
        rows = Ban.objects.for_brand(brand_id).filter(pk=ban_id, lifted_at__isnull=True)
        found = rows.select_for_update().first()
        if found is not None and found.until != until:
            found.until = until
            found.save(update_fields=["until"])
            announce(found)


@verb
def put_back(brand_id: str, ban_id: str) -> None:
    """Let a lifted ban stand again."""
    with write():
        rows = Ban.objects.for_brand(brand_id).filter(pk=ban_id, lifted_at__isnull=False)
        found = rows.select_for_update().first()
        if found is not None:
            found.lifted_at = None
            found.save(update_fields=["lifted_at"])
            announce(found)


def is_banned(brand_id: str, subject: str, network: str) -> bool:
    """Whether this viewer is out now: by person, or as a guest by network. Staff never are."""
    if subject.startswith(STAFF):
        return False
    who = Q(subject=subject)
    if network and subject.startswith(GUEST):
        who |= Q(network=network)
    return Ban.objects.for_brand(brand_id).filter(_in_force(utc_now()), who).exists()


def in_force(brand_id: str) -> Sequence[Ban]:
    """All bans that stand now at a brand, as far as telling who is out needs them."""
    return list(standing(brand_id).only("subject", "network", "until"))


def standing(brand_id: str) -> QuerySet[Ban]:
    """Bans that stand now at a brand."""
    return Ban.objects.for_brand(brand_id).filter(_in_force(utc_now()))


def announce(row: Ban) -> None:
    """Write down for those who are connected that this ban stands, or was lifted."""
    what = What.BAN if row.lifted_at is None else What.LIFT
    access_changes.record(what, row.brand_id, row.subject, network=row.network, until=row.until)


def _in_force(now: datetime) -> Q:
    return Q(lifted_at__isnull=True) & (Q(until__isnull=True) | Q(until__gt=now))


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return None if a is None or b is None else max(a, b)
