"""Recordings of shows that are over move to the store of objects, and are deleted there.

A row says what is to be done, so that the work goes on after any stop, and a deletion is never
forgotten while the store does not answer. One queue does it, one recording at a time. The live
picture never comes here.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.media.recording.object_store import ObjectStore, ObjectStoreError
from showfloor.replays.models import MoveState, StoredMedia
from showfloor.replays.recordings import archives, store
from showfloor.shows.models import Show, ShowState

log = logging.getLogger(__name__)

SETTLES: Final = timedelta(minutes=10)  # after the end: the last segments of an encoder
TRIED_AGAIN: Final = timedelta(minutes=1)
TOLD_EVERY_S: Final = 1.0
ORDERED_AT_ONCE: Final = 100
FORGOTTEN_AFTER: Final = timedelta(days=30)  # what waits to be deleted in a store that is gone
LOOKED_AT_EVERY_S: Final = 60.0
NO_STORE: Final = (
    "this server has no object storage set up any more (SHOWFLOOR_S3_BUCKET): set it again until "
    "nothing waits, or delete the keys below brands/ there yourself"
)


class _GivenUp(Exception):
    """The recording is to be deleted: it is not moved any further."""


@dataclass(slots=True)
class StoreReport:
    """What `/healthz` and the console say. `waiting`: recordings and deletions that are due."""

    failure: str = ""
    waiting: int = 0
    looked_at: float = -LOOKED_AT_EVERY_S  # without a store; a monotonic clock, s


_report = StoreReport()


def report() -> dict[str, Any] | None:
    """Return the state of the store as of the last try; None without a store that is missed."""
    if store() is None and not _report.waiting:
        return None
    return {"ok": not _report.failure, "failure": _report.failure, "waiting": _report.waiting}


def prefix_of(show: Show) -> str:
    """Return the beginning of all keys of a show: below its brand's."""
    return f"brands/{show.brand_id}/shows/{show.pk}/"


def order_due() -> int:
    """Order the recordings of shows that ended as long ago as the setting says to be moved."""
    if store() is None:
        return 0
    return order(utc_now() - timedelta(hours=settings.SHOWFLOOR.s3_after_h))


@verb
def order(before: datetime) -> int:
    """Order the recordings of shows that ended before a moment to be moved; return how many."""
    before = min(before, utc_now() - SETTLES)
    with write():
        shows = Show.objects.all_brands().filter(
            state=ShowState.ENDED, ended_at__lt=before, recording_deleted_at=None,
            stored_media=None,
        )  # fmt: skip
        due = list(shows.order_by("ended_at")[:ORDERED_AT_ONCE])
        rows = [
            StoredMedia(brand_id=show.brand_id, show=show, prefix=prefix_of(show)) for show in due
        ]
        StoredMedia.objects.all_brands().bulk_create(rows, ignore_conflicts=True)
    return len(due)


def run_next() -> bool:
    """Do the next piece of work; return False when none is due."""
    objects, now = store(), utc_now()
    if objects is None:
        return _do_without()
    _order_orphans(now)
    due = _rows().exclude(state=MoveState.STORED)
    row = due.filter(try_at__lte=now).order_by("try_at", "pk").select_related("show").first()
    if row is not None:
        _report.failure = _try(row, objects)
    _report.waiting = due.count()
    return row is not None


def _do_without() -> bool:
    """Look, once in a while, at what waits for a store that is not set up any more. A deletion is
    forgotten after a month: nobody here can do it."""
    if time.monotonic() - _report.looked_at < LOOKED_AT_EVERY_S:
        return False
    _report.looked_at, now = time.monotonic(), utc_now()
    _order_orphans(now)
    late = _rows().filter(state=MoveState.DELETING, try_at__lt=now - FORGOTTEN_AFTER)
    for row in late[:ORDERED_AT_ONCE]:
        log.error("stored_media_forgotten prefix=%s: the keys below it are left", row.prefix)
        row.delete()
    _report.waiting = missed()
    _report.failure = NO_STORE if _report.waiting else ""
    return False


def missed() -> int:
    """Return how many deletions wait; where no store is set up, nobody does them. 0 where the
    database does not answer."""
    try:
        return int(_rows().filter(state=MoveState.DELETING).count())
    except DatabaseError:
        return 0


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """How many recordings have moved, and how many are to; `show`: the one that is being moved."""

    stored: int
    left: int
    show: str
    percent: int
    failure: str


def progress() -> MoveProgress:
    left = _rows().filter(state=MoveState.MOVING)
    first = left.select_related("show").order_by("-percent", "try_at", "pk").first()
    return MoveProgress(
        stored=_rows().filter(state=MoveState.STORED).count(),
        left=left.count(),
        show=first.show.slug if first and first.show and first.percent else "",
        percent=first.percent if first else 0,
        failure=first.failure if first else "",
    )


def _try(row: StoredMedia, objects: ObjectStore) -> str:
    """Move or delete; return the reason why the store did not do it."""
    try:
        if row.state == MoveState.DELETING:
            _delete(row, objects)
        else:
            _move(row, objects)
    except _GivenUp:
        return ""
    except (OSError, ValueError, LookupError) as error:
        log.warning("stored_media_failed prefix=%s reason=%s", row.prefix, error)
        reason = str(error)[:200] or type(error).__name__
        _rows().filter(pk=row.pk).update(failure=reason, try_at=utc_now() + TRIED_AGAIN)
        return reason if isinstance(error, ObjectStoreError) else ""
    return ""


def _move(row: StoredMedia, objects: ObjectStore) -> None:
    assert row.show is not None, "a row without a show is deleting"
    archive = archives().archive(row.show.channel_id)
    size = archive.move_away(objects, row.prefix, _progress(row))
    _tell(row, state=MoveState.STORED, percent=100, bytes=size, failure="", has_index_copy=True)
    log.info("recording_moved show=%s bytes=%d", row.show.slug, size)


def _delete(row: StoredMedia, objects: ObjectStore) -> None:
    deleted = objects.delete_below(row.prefix)
    _rows().filter(pk=row.pk).delete()
    log.info("stored_media_deleted prefix=%s objects=%d", row.prefix, deleted)


def _progress(row: StoredMedia) -> Callable[[int, int], None]:
    told_at = time.monotonic()

    def tell(sent: int, total: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TOLD_EVERY_S:
            told_at = time.monotonic()
            _tell(row, percent=99 * sent // max(total, 1), bytes=total)

    return tell


@verb
def _tell(row: StoredMedia, **values: object) -> None:
    with write():
        rows = _rows().filter(pk=row.pk, state=MoveState.MOVING, show__isnull=False)
        if not rows.update(**values):
            raise _GivenUp


def delete_of(show: Show) -> None:
    """Have everything of a show deleted in the store. Call it in the transaction that forgets the
    recording."""
    rows = StoredMedia.objects.for_brand(show.brand_id).filter(show=show)
    rows.update(state=MoveState.DELETING, failure="", try_at=utc_now())


def stored_media(show: Show) -> StoredMedia | None:
    """Return where the show's media is, or goes; None while it stays on the disk."""
    return StoredMedia.objects.for_brand(show.brand_id).filter(show=show).first()


def _order_orphans(now: datetime) -> None:
    """Order the media of shows that are gone to be deleted."""
    orphans = _rows().filter(~Q(state=MoveState.DELETING), show=None)
    orphans.update(state=MoveState.DELETING, try_at=now)


def _rows() -> Any:
    return StoredMedia.objects.all_brands()
