"""The console's list of restrictions and bans in force at a brand, with the member of staff behind
each."""

from typing import TypedDict

from showfloor.accounts import bans
from showfloor.accounts.models import Ban, User
from showfloor.accounts.services import staff_name
from showfloor.community.moderation import queries
from showfloor.community.safety.models import Restriction
from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import Show

STANDING_MAX = 200


class RestrictionView(TypedDict):
    """A restriction or a ban in force."""

    id: str
    kind: str  # warning, time_out, shadow, ban
    viewer_id: str
    name: str  # empty after an erasure
    reason: str
    at: str
    until: str | None  # null for a warning, and for a ban without an end
    by: str | None  # null: the account is gone


def in_force(show: Show) -> list[RestrictionView]:
    """Return restrictions and bans in force at the brand, the latest first."""
    restrictions = queries.in_force(show.brand_id).select_related("created_by")
    laid_on = [
        _view(row, row.kind, row.created_by, show)
        for row in restrictions.order_by("-created_at", "-pk")[:STANDING_MAX]
    ]
    banned = bans.standing(show.brand_id).select_related("banned_by")
    laid_on += [
        _view(row, "ban", row.banned_by, show)
        for row in banned.order_by("-created_at", "-pk")[:STANDING_MAX]
    ]
    return sorted(laid_on, key=lambda one: (one["at"], one["id"]), reverse=True)[:STANDING_MAX]


def _view(row: Restriction | Ban, kind: str, by: User | None, show: Show) -> RestrictionView:
    return {
        "id": row.pk,
        "kind": kind,
        "viewer_id": row.subject,
        "name": row.name,
        "reason": row.reason,
        "at": iso_ms(row.created_at),
        "until": iso_ms(row.until) if row.until is not None else None,
        "by": staff_name(by, show.brand) if by is not None else None,
    }
