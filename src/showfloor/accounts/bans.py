"""Bans from a brand's shows: set, lift, look up. `rules.Bans` says whom they cover."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import access_changes, batch_sql, whole_rows
from showfloor.accounts.models import AccessChangeKind, Ban, Brand, User
from showfloor.accounts.rules import BanRow, Bans, named_by_bans
from showfloor.accounts.subjects import Subject
from showfloor.accounts.tokens import Claims
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, NotFound

_IN_QUERY: Final = 500  # values named in one statement


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
    """Ban a person; Invalid for staff. A second ban of the same person extends the first one to the
    later end and returns it."""
    if Subject.parse(subject).is_staff:
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
    """Lift a ban; NotFound. Lifting a lifted ban changes nothing."""
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
    """Let a ban that was not lifted end at another time; None: never by itself."""
    with write():
        rows = Ban.objects.for_brand(brand_id).filter(pk=ban_id, lifted_at__isnull=True)
        found = rows.select_for_update().first()
        if found is not None and found.until != until:
            found.until = until
            found.save(update_fields=["until"])
            announce(found)


@verb
def put_back(brand_id: str, ban_id: str) -> None:
    """Put a lifted ban in force again."""
    with write():
        rows = Ban.objects.for_brand(brand_id).filter(pk=ban_id, lifted_at__isnull=False)
        found = rows.select_for_update().first()
        if found is not None:
            found.lifted_at = None
            found.save(update_fields=["lifted_at"])
            announce(found)


def is_banned(brand_id: str, subject: str, network: str) -> bool:
    """Return whether this person is banned now."""
    now, person = utc_now(), Subject.parse(subject)
    by_subject, by_network = named_by_bans(person, network)
    named = Q()
    if by_subject:
        named |= Q(subject=by_subject)
    if by_network:
        named |= Q(network=by_network)
    return bool(named) and Bans(_rows(brand_id, now).filter(named)).covers(person, network, now)


def brand_with_bans(brand_id: str, now: datetime) -> tuple[Brand, bool]:
    """Return a brand, and whether anyone is banned there now, in one statement: each batch of
    commands asks."""
    (brand,) = Brand.objects.raw(_BRAND_WITH_BANS, [batch_sql.stored(now), brand_id])
    return brand, bool(brand.has_bans)  # type: ignore[attr-defined]  # a column of the statement


_BRAND_WITH_BANS: Final = (
    f"SELECT {whole_rows.columns_of(Brand)}, EXISTS(SELECT 1 FROM accounts_ban ban"  # noqa: S608
    " WHERE ban.brand_id = accounts_brand.id AND ban.lifted_at IS NULL"
    " AND (ban.until IS NULL OR ban.until > %s)) AS has_bans"
    " FROM accounts_brand WHERE accounts_brand.id = %s"
)


def banned_among(brand_id: str, people: Sequence[Claims], now: datetime) -> frozenset[str]:
    """Return the subjects among these people who are banned now."""
    # Few brands have more bans than that: all of them are read sooner than hundreds are named.
    found = _first_bans(brand_id, now)
    if not found:
        return frozenset()
    if len(found) > _IN_QUERY:
        rows = _rows(brand_id, now)
        names = [named_by_bans(one.subject, one.network) for one in people]
        subjects = {subject for subject, _network in names if subject}
        networks = {network for _subject, network in names if network}
        found = [
            *(row for part in _parts(subjects) for row in rows.filter(subject__in=part)),
            *(row for part in _parts(networks) for row in rows.filter(network__in=part)),
        ]
    known = Bans(found)
    return frozenset(one.sub for one in people if known.covers(one.subject, one.network, now))


def _first_bans(brand_id: str, now: datetime) -> list[BanRow]:
    """Return the bans in force, of which there are no more than `_IN_QUERY` if it returns as many
    or fewer. Each batch of commands asks: Django would take longer to compile the question."""
    named = Ban.objects.all_brands().raw(_FIRST_BANS, [brand_id, batch_sql.stored(now)])
    return [(one.subject, one.network, one.until) for one in named]


_FIRST_BANS: Final = (
    f"{whole_rows.select(Ban)} WHERE brand_id = %s AND lifted_at IS NULL"
    f" AND (until IS NULL OR until > %s) LIMIT {_IN_QUERY + 1}"
)


def rows_in_force(brand_id: str) -> list[BanRow]:
    """Return all bans in force at a brand, for `rules.Bans`."""
    return list(_rows(brand_id, utc_now()))


def standing(brand_id: str) -> QuerySet[Ban]:
    """Return the bans in force at a brand."""
    return Ban.objects.for_brand(brand_id).filter(_in_force(utc_now()))


def in_force(now: datetime) -> QuerySet[Ban]:
    """Return the bans in force at all brands, for a job's question."""
    return Ban.objects.all_brands().filter(_in_force(now))


def announce(row: Ban) -> None:
    """Tell open connections that this ban stands, or was lifted."""
    what = AccessChangeKind.BAN if row.lifted_at is None else AccessChangeKind.LIFT
    access_changes.record(what, row.brand_id, row.subject, network=row.network, until=row.until)


def _rows(brand_id: str, now: datetime) -> "QuerySet[Ban, BanRow]":
    bans = Ban.objects.for_brand(brand_id).filter(_in_force(now))
    return bans.values_list("subject", "network", "until")


def _parts(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    return batched(values, _IN_QUERY)


def _in_force(now: datetime) -> Q:
    return Q(lifted_at__isnull=True) & (Q(until__isnull=True) | Q(until__gt=now))


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return None if a is None or b is None else max(a, b)
