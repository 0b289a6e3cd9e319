"""Restrictions in force at a brand, looked up without a query for each person.

A guest's restriction also covers the address, so that dropping the cookie gains nothing. It covers
the whole network once the person comes back from another of its addresses. Guests who were there
before the restriction are other people and stay free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from showfloor.accounts.tokens import Claims
from showfloor.community.safety.models import Restriction, RestrictionKind
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.ids import new_id

IN_FORCE_MAX = 5000  # of a brand
_TIME_CHARS = 10  # the first characters of an identifier: the time at which it was made


@dataclass(frozen=True, slots=True)
class ActiveRestriction:
    """One restriction in force. `places`: addresses and networks that it covers; `since`: the
    beginning of identifiers made from then on."""

    id: str
    kind: str
    subject: str
    places: tuple[str, ...]
    since: str
    until: datetime | None
    reason: str = ""


class Restrictions:
    """The restrictions of a brand at one moment."""

    def __init__(self, standing: Sequence[ActiveRestriction]) -> None:
        self._of: dict[str, list[ActiveRestriction]] = {}
        self._near: dict[str, list[ActiveRestriction]] = {}
        for one in standing:
            self._of.setdefault(one.subject, []).append(one)
            for place in one.places if one.kind != RestrictionKind.WARNING else ():
                self._near.setdefault(place, []).append(one)

    def timed_out(self, claims: Claims, now: datetime) -> tuple[datetime, str] | None:
        """Return the end of the time-out and its reason, or None. A neighbour does not get to read
        the reason."""
        found = self._standing(RestrictionKind.TIME_OUT, claims, now)
        if not found:
            return None
        until, longest = max(found, key=lambda one: one[0])
        return until, longest.reason if longest.subject == claims.sub else ""

    def is_shadowed(self, claims: Claims, now: datetime) -> bool:
        return bool(self._standing(RestrictionKind.SHADOW, claims, now))

    def warning(self, claims: Claims) -> ActiveRestriction | None:
        """Return a warning that the person has not acknowledged."""
        if not self._of:
            return None
        found = (one for one in self._of.get(claims.sub, ()) if one.kind == RestrictionKind.WARNING)
        return next(found, None)

    def _standing(
        self, kind: RestrictionKind, claims: Claims, now: datetime
    ) -> list[tuple[datetime, ActiveRestriction]]:
        if not self._of:  # as at most brands; each message asks twice
            return []
        return [
            (one.until, one)
            for one in (*self._of.get(claims.sub, ()), *self._by_place(claims))
            if one.kind == kind and one.until is not None and one.until > now
        ]

    def _by_place(self, claims: Claims) -> list[ActiveRestriction]:
        if not self._near or not claims.is_guest:
            return []
        made = claims.subject.id[:_TIME_CHARS]
        return [
            one
            for place in (claims.address, claims.network)
            for one in self._near.get(place, ())
            if made >= one.since
        ]


def in_force(brand_id: str) -> Restrictions:
    """Return the restrictions that are in force at the brand now."""
    now = utc_now()
    waits = Q(kind=RestrictionKind.WARNING, acknowledged_at__isnull=True)
    rows = Restriction.objects.for_brand(brand_id).filter(lifted_at__isnull=True)
    rows = rows.filter(waits | Q(until__gt=now)).order_by("created_at", "pk")
    return Restrictions([_standing(row) for row in rows[:IN_FORCE_MAX]])


def _standing(row: Restriction) -> ActiveRestriction:
    since = new_id(to_epoch_ms(row.created_at))[:_TIME_CHARS]
    places = (row.address, row.network if row.covers_network else "")
    return ActiveRestriction(
        row.pk, row.kind, row.subject, tuple(filter(None, places)), since, row.until, row.reason
    )  # fmt: skip
