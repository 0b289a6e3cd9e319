"""Imports that staff or a feed's schedule begin: read, agreed to, imported, one after the other.

A job's state is a row; each step is a compare-and-set on it, so that a person's *Discard* and the
process that works on it cannot both win. Reading a file again does no harm and begins anew after a
crash. An import that was cut off is taken up again if nobody was to agree to it, a bounded number
of times; otherwise it is marked as failed, with what it had done, and a person starts it again:
what is there already stays as it is.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, User
from showfloor.accounts.transactions import verb, write
from showfloor.catalogue.amounts import DecimalSign
from showfloor.catalogue.import_models import UNDER_WAY
from showfloor.catalogue.importing import feed_outcomes
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.run import FeedRun, import_file
from showfloor.catalogue.importing.sources import BYTES_MAX, Kind
from showfloor.catalogue.importing.writer import StockPort
from showfloor.catalogue.models import ImportJob, ImportState
from showfloor.kernel.clock import utc_now
from showfloor.kernel.disk_full import is_disk_full
from showfloor.kernel.errors import Conflict, ShowfloorError, TooLarge

log = logging.getLogger(__name__)

OPEN_MAX = 5  # of one brand, waiting for something
KEPT_MAX = 20  # of one brand
KEPT_FOR = timedelta(days=7)  # a file that waits for a person
STALE_AFTER = timedelta(seconds=60)  # without a touch: the process that worked on it is gone
ATTEMPTS_MAX = 3
_TOUCH_EVERY_S = 1.0

_BEFORE = {  # state of a job that is being worked on → the one it goes back to
    ImportState.FETCHING: ImportState.TO_FETCH,
    ImportState.READING: ImportState.WAITING,
    ImportState.IMPORTING: ImportState.CONFIRMED,
}
OPEN = (ImportState.READ, *UNDER_WAY)


class Stopped(Exception):
    """The job was discarded while it ran."""


def create(
    brand: Brand,
    by: User,
    name: str,
    chunks: Iterable[bytes],
    *,
    decimal_sign: DecimalSign | None,
    counted: bool,
) -> ImportJob:
    """Keep a file and have it read; Conflict when too many wait, TooLarge."""
    waiting = ImportJob.objects.for_brand(brand).filter(state__in=OPEN, feed__isnull=True)
    if waiting.count() >= OPEN_MAX:
        raise Conflict(_("Other files wait already: import or discard them first."), field="file")
    job = ImportJob(
        brand=brand, created_by=by, file_name=name[:200], decimal_sign=decimal_sign or "",
        counted=counted, language=translation.get_language() or brand.language,
    )  # fmt: skip
    _keep(file_of(job), chunks)
    _add(job)
    _forget_old(brand)
    return job


@verb
def _add(job: ImportJob) -> None:
    with write():
        job.save(force_insert=True)


@verb
def _forget(job: ImportJob) -> None:
    with write():
        ImportJob.objects.for_brand(job.brand_id).filter(pk=job.pk).delete()


def confirm(job: ImportJob) -> None:
    """Import what was read, or begin again what was cut off; Conflict."""
    if not file_of(job).is_file():
        raise Conflict(_("The file is gone: bring it again."))
    states = (ImportState.READ, ImportState.FAILED)
    try:
        moved = move(job, states, ImportState.CONFIRMED, error="", asks=True)
    except IntegrityError:
        raise Conflict(_("Another run of this feed is under way."), code="feed-busy") from None
    if not moved:
        raise Conflict(_("This import has gone on meanwhile."))


def discard(job: ImportJob) -> None:
    """Leave it, also while it runs: what is imported stays. Conflict when it is over."""
    states = (*OPEN, ImportState.FAILED)
    if not move(job, states, ImportState.DISCARDED):
        raise Conflict(_("This import has gone on meanwhile."))
    file_of(job).unlink(missing_ok=True)


def run_next(stock: StockPort) -> bool:
    """Read or import the file that has waited longest; False when there is none."""
    now = utc_now()
    recover(now, (ImportState.READING, ImportState.IMPORTING))
    job = first(ImportState.WAITING, ImportState.CONFIRMED)
    if job is None:
        return False
    reading = job.state == ImportState.WAITING
    running = ImportState.READING if reading else ImportState.IMPORTING
    job.attempts += 1
    if move(job, (job.state,), running, attempts=job.attempts, touched_at=now):
        with translation.override(job.language):
            _run(job, stock, reading=reading)
    return True


def first(*states: str) -> ImportJob | None:
    """Return the job in one of these states whose turn it is: brands take turns, the one whose
    files were last worked on longest ago first, so that a brand waits for one file of each other
    brand at most. Of one brand, the job that has waited longest comes first."""
    same = ImportJob.objects.all_brands().filter(brand=OuterRef("brand"))
    served = same.order_by(F("touched_at").desc(nulls_last=True)).values("touched_at")[:1]
    rows = ImportJob.objects.all_brands().filter(state__in=states)
    in_turn = rows.annotate(served=Subquery(served)).order_by(
        F("served").asc(nulls_first=True), "created_at", "pk"
    )
    return in_turn.select_related("brand", "feed").first()


def file_of(job: ImportJob) -> Path:
    return Path(settings.SHOWFLOOR.data_dir) / "imports" / job.pk


def _run(job: ImportJob, stock: StockPort, *, reading: bool) -> None:
    feed = None if job.feed is None else FeedRun(job.feed, stops=not job.asks)
    with ending(job):
        report = import_file(
            job.brand, file_of(job), stock, dry_run=reading, counted=job.counted,
            kind=Kind.AUTO if job.feed is None else Kind(job.feed.format), feed=feed,
            decimal_sign=cast("DecimalSign | None", job.decimal_sign or None),
            progress=Progress(job),
        )  # fmt: skip
        after = ImportState.READ if reading else ImportState.DONE
        if move(job, (job.state,), after, report=report.as_json(), attempts=0) and not reading:
            file_of(job).unlink(missing_ok=True)
            feed_outcomes.succeeded(job)


@contextmanager
def ending(job: ImportJob) -> Iterator[None]:
    """Mark the job as failed, with the reason, when its work comes to nothing."""
    try:
        yield
    except Stopped:
        pass
    except ShowfloorError as error:
        fail(job, error.message)
    except Exception as error:
        log.exception("import_failed job=%s", job.pk)
        fail(job, _reason(error))


def _reason(error: Exception) -> str:
    if is_disk_full(error):
        return _("The disk of this server is full; what was imported until then stays. Its operator"
                 " must make room, then begin it again.")  # fmt: skip
    return _("Something went wrong here; what was imported until then stays.")


def fail(job: ImportJob, error: str) -> None:
    if move(job, (job.state,), ImportState.FAILED, error=error[:500]):
        feed_outcomes.failed(job)


class Progress:
    """Writes down how far a job is, at most once a second, and stops one that was discarded."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._written = time.monotonic()

    def __call__(self, report: Report) -> None:
        if time.monotonic() - self._written < _TOUCH_EVERY_S:
            return
        self._written = time.monotonic()
        seen = {"done": report.done, "total": report.total, "rejected_count": report.rejected_count}
        if not move(
            self._job, (self._job.state,), self._job.state, report=seen, touched_at=utc_now()
        ):
            raise Stopped


def recover(now: datetime, states: Iterable[str]) -> None:
    """Jobs whose process is gone: one to which nobody has to agree, or which was only being read,
    begins again; another import waits for a person."""
    stale = ImportJob.objects.all_brands().filter(
        state__in=list(states), touched_at__lt=now - STALE_AFTER
    )
    for job in stale.select_related("brand", "feed")[:OPEN_MAX]:
        with translation.override(job.language):
            repeatable = not job.asks or job.state != ImportState.IMPORTING
            again = repeatable and job.attempts < ATTEMPTS_MAX
            log.warning("import_interrupted job=%s again=%s", job.pk, again)
            if again:
                move(job, (job.state,), _BEFORE[ImportState(job.state)])
            else:
                fail(job, _("The server was stopped in the middle. What was imported until then"
                            " stays."))  # fmt: skip


@verb
def move(job: ImportJob, before: Iterable[str], after: str, **values: Any) -> bool:
    """Compare-and-set: whether the job was in one of these states, and is now in this one."""
    with write():
        rows = ImportJob.objects.for_brand(job.brand_id).filter(pk=job.pk, state__in=list(before))
        moved = bool(rows.update(state=after, **values))
    if moved:
        job.state = after
        for name, value in values.items():
            setattr(job, name, value)
    return moved


def _keep(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = 0
    with path.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > BYTES_MAX:
                break
            file.write(chunk)
    if size > BYTES_MAX:
        path.unlink()
        raise TooLarge(_("The file is larger than 50 MB; split it."), field="file")


def _forget_old(brand: Brand) -> None:
    """Delete old imports and their files, so that a brand keeps few of them and for days only."""
    forget_old(ImportJob.objects.for_brand(brand).filter(feed__isnull=True), KEPT_MAX)


def forget_old(rows: QuerySet[ImportJob], kept_max: int) -> None:
    """Delete jobs that are over beyond so many, and leave files that nobody has agreed to for
    days."""
    for job in rows.filter(created_at__lt=utc_now() - KEPT_FOR, state=ImportState.READ)[:OPEN_MAX]:
        discard(job)
    beyond = rows.exclude(state__in=OPEN).order_by("-created_at", "-pk")[kept_max:]
    for job in list(beyond[:KEPT_MAX]):
        file_of(job).unlink(missing_ok=True)
        _forget(job)
