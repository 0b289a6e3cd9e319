"""Access changes: rows that tell open connections who may see or do something no longer, or again.

A row is written in the transaction of its cause and only ever read on: each process that holds
connections asks for the new ones every 2 s, and at once when it was told. So a ban reaches every
process within seconds, also when nothing but the database stands between them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from showfloor.accounts.models import AccessChange, AccessChangeKind
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import from_epoch_ms, to_epoch_ms, utc_now
from showfloor.kernel.listeners import Listeners

KEPT = timedelta(days=1)
READ_MAX = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """One row. `at`: Unix milliseconds. `brand_id` None: at every brand."""

    id: int
    what: AccessChangeKind
    brand_id: str | None
    subject: str
    network: str
    until: datetime | None
    at: int


_listeners = Listeners[Change]()


def record(
    what: AccessChangeKind,
    brand_id: str | None,
    subject: str,
    *,
    network: str = "",
    until: datetime | None = None,
) -> None:
    """Write it down in the open transaction; this process's listeners are told at its commit."""
    row = AccessChange.objects.create(
        what=what, brand_id=brand_id, subject=subject, network=network, until=until, at=utc_now()
    )
    transaction.on_commit(partial(_listeners.tell, _change(row)))


def subscribe(listener: Callable[[Change], object]) -> Callable[[], None]:
    """Call `listener`, on any thread, with each change of this process once it is committed, and
    of the others once this process knows (`tell`), now and then twice; the result ends that."""
    return _listeners.subscribe(listener)


def on(what: AccessChangeKind, listener: Callable[[Change], object]) -> Callable[[], None]:
    """The same for one kind of change."""
    return subscribe(lambda change: listener(change) if change.what is what else None)


def tell(change: Change) -> None:
    """Another process has made this change."""
    _listeners.tell(change)


def read(after_id: int, limit: int = READ_MAX) -> list[Change]:
    """Rows in the order of their ids. An id may appear after a higher one: ids are given out
    before the commit, so whoever follows asks a little way back and passes over what it knows."""
    rows = AccessChange.objects.all_brands().filter(pk__gt=after_id).order_by("pk")[:limit]
    return [_change(row) for row in rows]


def last_before(moment: datetime) -> int:
    """The highest id written before `moment`; 0 if there is none."""
    older = AccessChange.objects.all_brands().filter(at__lt=moment).order_by("-pk")
    return older.values_list("pk", flat=True).first() or 0


def is_outdated(claims: Claims) -> bool:
    """Return whether this token was made before its bearer signed out or got other rights."""
    if claims.is_guest:  # they have no rights that could change
        return False
    since = from_epoch_ms(claims.issued_at)
    here = Q(brand_id=claims.brand) | Q(brand_id=None)
    newer = AccessChange.objects.all_brands().filter(
        here, at__gt=since, what=AccessChangeKind.RIGHTS
    )
    return newer.filter(subject=claims.sub).exists()


def forget_old() -> int:
    """Remove what no connection can need any more; how many rows."""
    old = AccessChange.objects.all_brands().filter(at__lt=utc_now() - KEPT)
    return old.delete()[0]


def _change(row: AccessChange) -> Change:
    at, what = to_epoch_ms(row.at), AccessChangeKind(row.what)
    return Change(row.pk, what, row.brand_id, row.subject, row.network, row.until, at)
