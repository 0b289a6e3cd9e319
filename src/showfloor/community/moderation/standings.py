"""What stands against whom at a brand, bans among it, and who laid it on: the console's list."""

from showfloor.accounts import bans
from showfloor.accounts.models import Ban, User
from showfloor.accounts.services import staff_name
from showfloor.community.moderation import queries
from showfloor.community.moderation.models import Restriction
from showfloor.community.moderation.queries import STANDING_MAX, Standing
from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import Show


class StandingBy(Standing):
    """A restriction, or a ban (`kind` is `ban`), in force. `name` is empty of someone who was
    erased; `until` is null of a warning, and of a ban without an end."""

    by: str | None  # null: their account is gone


def in_force(show: Show) -> list[StandingBy]:
    """Restrictions and bans in force at the brand, the latest first."""
    restrictions = queries.standing(show)
    laid_on = Restriction.objects.for_brand(show.brand_id).select_related("created_by")
    by = {row.pk: row.created_by for row in laid_on.filter(pk__in=[r["id"] for r in restrictions])}
    found = [StandingBy(**one, by=_name(by.get(one["id"]), show)) for one in restrictions]
    found += _bans(show)
    return sorted(found, key=lambda one: (one["at"], one["id"]), reverse=True)[:STANDING_MAX]


def _bans(show: Show) -> list[StandingBy]:
    ids = [ban.pk for ban in bans.in_force(show.brand_id)]
    rows = Ban.objects.for_brand(show.brand_id).filter(pk__in=ids).select_related("banned_by")
    return [
        {
            "id": row.pk,
            "kind": "ban",
            "viewer_id": row.subject,
            "name": row.name,
            "reason": row.reason,
            "at": iso_ms(row.created_at),
            "until": iso_ms(row.until) if row.until is not None else None,
            "by": _name(row.banned_by, show),
        }
        for row in rows.order_by("-created_at")[:STANDING_MAX]
    ]


def _name(user: User | None, show: Show) -> str | None:
    return staff_name(user, show.brand) if user is not None else None
