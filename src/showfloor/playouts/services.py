"""The verbs of files that are played as live: chosen by staff, started at the show's time, ended
with the file. Locks: the show, then the playout."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, User
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, ShowfloorError
from showfloor.media.files.ports import FilePlace, probe
from showfloor.playouts import queries, rules
from showfloor.playouts.models import Playout
from showfloor.shows import services as shows
from showfloor.shows.models import Show, ShowState
from showfloor.shows.services.locking import lock

log = logging.getLogger(__name__)

STARTED_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that was looked into, and can be played."""

    source: str
    name: str
    duration_ms: int


def look(brand: Brand, source_id: str) -> Chosen:
    """Look into one of the brand's files, outside any transaction; Invalid (`played_file`) for one
    that is not there or cannot be played."""
    found = _playable(brand, source_id)
    facts = rules.check_facts(found.name, probe().facts(str(found.path)))
    return Chosen(source_id, found.name[:255], round(facts.duration_s * 1000))


def _playable(brand: Brand, source_id: str) -> queries.Source:
    """Return a file that is on this machine; Invalid says what to do about another one."""
    found = queries.source(brand, source_id)
    if found is None:
        raise Invalid(_("This file is not there any more."), field=rules.FIELD)
    if not found.is_here:
        raise Invalid(
            _(
                "%(name)s has moved to object storage, and films play from the server's disk:"
                " download it on the page after its show, and put it into the folder"
                " as-live/%(brand)s of the server's data."
            )
            % {"name": found.name, "brand": brand.slug},
            field=rules.FIELD, code="in-object-storage",
        )  # fmt: skip
    return found


@verb
def choose(show: Show, chosen: Chosen | None, by: User) -> None:
    """Have a show play a file as live, at its time; None takes the file away. Conflict once the
    show has begun. The same file again clears the reason why it did not start."""
    with write():
        locked = lock(show)
        rows = Playout.objects.for_brand(show.brand_id).filter(show=locked)
        if chosen is None and not rows.exists():
            return
        rules.check_may_change(locked.state)
        rows.delete()
        if chosen is not None:
            Playout(
                show=locked, source=chosen.source, name=chosen.name,
                duration_ms=chosen.duration_ms, set_by=by,
            ).save(force_insert=True)  # fmt: skip


def repeat(show: Show, made: Show, by: User) -> None:
    """Have a copy of a show play the same file, at its own time."""
    row = queries.of_show(show)
    if row is not None:
        choose(made, Chosen(row.source, row.name, row.duration_ms), by)


def is_any_planned() -> bool:
    """Return whether any show waits for its file to be due."""
    return _planned().exists()


def _planned() -> QuerySet[Playout]:
    return Playout.objects.all_brands().filter(show__state=ShowState.SCHEDULED, failure="")


def start_due(now: datetime | None = None) -> int:
    """Start the shows whose file is due; return how many. A show that may not start keeps the
    reason, and is left until somebody saves it again."""
    due = _planned().filter(show__starts_at__lte=now or utc_now())
    started = 0
    for row in due.select_related("show__brand", "set_by").order_by("pk")[:STARTED_AT_ONCE]:
        try:
            if row.set_by is None:
                raise Invalid(_("The person who chose the file has no account any more."))
            _playable(row.show.brand, row.source)
            shows.start(row.show, row.set_by)
            started += 1
        except ShowfloorError as error:
            log.warning("playout_not_started show=%s reason=%s", row.show.slug, error)
            _note(row, error.message)
    return started


@verb
def _note(row: Playout, failure: str) -> None:
    with write():
        rows = Playout.objects.all_brands().filter(pk=row.pk, show__state=ShowState.SCHEDULED)
        rows.update(failure=failure[:300])


@verb
def began(place: FilePlace) -> datetime:
    """Return the moment of the first picture of a show's file: now, for one that begins."""
    with write():
        rows = Playout.objects.all_brands().filter(show__channel=place.channel_id)
        rows.filter(began_at=None).update(began_at=utc_now())
        at: datetime | None = rows.values_list("began_at", flat=True).first()
    if at is None:
        raise Invalid("the show plays no file any more")
    return at


def over(place: FilePlace) -> None:
    """End the show whose file has ended. Again changes nothing."""
    rows = Playout.objects.all_brands().select_related("show__brand", "set_by")
    row = rows.filter(show__channel=place.channel_id, show__state=ShowState.LIVE).first()
    if row is not None:
        shows.end(row.show, row.set_by)
