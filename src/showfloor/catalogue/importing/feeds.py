"""Runs of feeds: begun by a person or the schedule, fetched, and then read or imported like files.

A feed has one run at a time, which the database holds (`import_feed_under_way`). A run by hand
fetches the file in any case; one of the schedule asks the server for news only.
"""

import base64
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import IntegrityError
from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts import sealing, time_zones
from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb, write
from showfloor.catalogue import feed_rules
from showfloor.catalogue.feed_models import Feed
from showfloor.catalogue.fetching import Asked, Fetched, Fetcher, NotFetched
from showfloor.catalogue.import_models import ImportJob, ImportState
from showfloor.catalogue.importing import feed_outcomes, jobs
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.sources import BYTES_MAX
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid

log = logging.getLogger(__name__)

FEEDS_MAX: Final = 20  # of one brand
RUNS_KEPT: Final = 20  # of one feed
DUE_MAX: Final = 50  # feeds begun at once
_PURPOSE: Final = "feed"
_ACCEPT: Final = "application/xml, text/csv, text/tab-separated-values, text/plain, */*;q=0.5"
FETCHER: Final = Fetcher(
    bytes_max=BYTES_MAX, deadline_s=120.0, schemes=frozenset({"https"})
)  # fmt: skip


def set_password(feed: Feed, password: str) -> None:
    """Seal a password for the feed's row, which the caller saves."""
    feed.sealed_password = sealing.seal(password, _PURPOSE)


def schedule(feed: Feed, *, is_on: bool) -> None:
    """Set when the feed's row, which the caller saves, is due next."""
    feed.next_at = _next_run(feed, utc_now()) if is_on else None


def start(feed: Feed, by: User | None, *, dry_run: bool) -> ImportJob:
    """Begin a run; Conflict when one is under way. A dry run waits for a person's word."""
    language = translation.get_language() if by is not None else None
    job = ImportJob(
        brand_id=feed.brand_id, feed=feed, created_by=by, file_name=feed.name, asks=dry_run,
        decimal_sign=feed.decimal_sign, counted=feed.counted, state=ImportState.TO_FETCH,
        language=language or feed.brand.language,
    )  # fmt: skip
    try:
        _add(job)
    except IntegrityError:
        raise Conflict(_("Another run of this feed is under way."), code="feed-busy") from None
    _leave_older(feed, job)
    return job


def start_due(now: datetime | None = None) -> int:
    """Begin the runs that are due; return how many. A feed whose last run goes on waits for its
    next hour."""
    now = now or utc_now()
    due = Feed.objects.all_brands().filter(next_at__lte=now).select_related("brand")
    started = 0
    for feed in due.order_by("next_at", "pk")[:DUE_MAX]:
        if not _advance(feed, now):
            continue
        try:
            start(feed, None, dry_run=False)
            started += 1
        except Conflict:
            log.warning("feed_still_running feed=%s", feed.pk)
    return started


def fetch_next(fetcher: Fetcher = FETCHER) -> bool:
    """Fetch the file of the run whose turn it is (`jobs.first`); False when there is none."""
    now = utc_now()
    jobs.recover(now, (ImportState.FETCHING,))
    job = jobs.first(ImportState.TO_FETCH)
    if job is None or job.feed is None:
        return False
    job.attempts += 1
    if jobs.move(job, (job.state,), ImportState.FETCHING, attempts=job.attempts, touched_at=now):
        with translation.override(job.language), jobs.ending(job):
            _fetch(job, job.feed, fetcher)
    return True


def _fetch(job: ImportJob, feed: Feed, fetcher: Fetcher) -> None:
    path = jobs.file_of(job)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    asked = _asked(feed, only_news=job.created_by_id is None)
    try:
        with path.open("wb") as file:
            fetched = fetcher.download(feed.url, _watched(job, file.write), asked)
    except NotFetched as error:
        path.unlink(missing_ok=True)
        raise Invalid(
            _("The feed could not be fetched: %(reason)s.") % {"reason": error.words()},
            code="not-fetched",
        ) from None
    _hand_on(job, fetched)


def _hand_on(job: ImportJob, fetched: Fetched) -> None:
    """Have the file read, or imported at once; nothing is to be done without news."""
    if fetched.is_unchanged:
        jobs.file_of(job).unlink(missing_ok=True)
        if jobs.move(job, (job.state,), ImportState.UNCHANGED, attempts=0):
            feed_outcomes.succeeded(job)
        return
    after = ImportState.WAITING if job.asks else ImportState.CONFIRMED
    jobs.move(
        job, (job.state,), after, etag=fetched.etag, last_modified=fetched.last_modified,
        attempts=0, report={},
    )  # fmt: skip


def _watched(job: ImportJob, write_piece: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """Tell between pieces that the run goes on, and stop one that was discarded."""
    progress, seen = jobs.Progress(job), Report(kind="", dry_run=False)

    def take(piece: bytes) -> None:
        write_piece(piece)
        progress(seen)

    return take


def _asked(feed: Feed, *, only_news: bool) -> Asked:
    authorization = ""
    if feed.username or feed.sealed_password:
        pair = f"{feed.username}:{_password(feed)}".encode()
        authorization = "Basic " + base64.b64encode(pair).decode()
    if not only_news:
        return Asked(_ACCEPT, authorization)
    return Asked(_ACCEPT, authorization, feed.etag, feed.last_modified)


def _password(feed: Feed) -> str:
    if not feed.sealed_password:
        return ""
    try:
        password = sealing.unseal(feed.sealed_password, _PURPOSE)
    except sealing.CannotOpen:
        raise Invalid(
            _("The password was sealed with another secret key than today's: enter it anew."),
            field="password",
        ) from None
    if not sealing.is_current(feed.sealed_password, _PURPOSE):
        _seal_again(feed, password)
    return password


@verb
def _seal_again(feed: Feed, password: str) -> None:
    rows = Feed.objects.for_brand(feed.brand_id)
    with write():
        same = rows.filter(pk=feed.pk, sealed_password=feed.sealed_password)
        same.update(sealed_password=sealing.seal(password, _PURPOSE))


@verb
def _add(job: ImportJob) -> None:
    with write():
        job.save(force_insert=True)


@verb
def _advance(feed: Feed, now: datetime) -> bool:
    """Set the feed's next run; return whether this call did, and no other process."""
    with write():
        rows = Feed.objects.for_brand(feed.brand_id).filter(pk=feed.pk, next_at=feed.next_at)
        return bool(rows.update(next_at=_next_run(feed, now)))


def _next_run(feed: Feed, now: datetime) -> datetime:
    zone = time_zones.zone(feed.time_zone)
    return feed_rules.next_run(now, feed.every_h, feed.at_hour, zone)


def _leave_older(feed: Feed, newest: ImportJob) -> None:
    """A file that is older than the one to come would bring old prices back: nobody can import it
    any more."""
    older = ImportJob.objects.for_brand(feed.brand_id).filter(feed=feed).exclude(pk=newest.pk)
    for job in older.filter(state=ImportState.READ)[:RUNS_KEPT]:
        jobs.discard(job)
    for job in older.filter(state=ImportState.FAILED)[:RUNS_KEPT]:
        jobs.file_of(job).unlink(missing_ok=True)
    jobs.forget_old(older, RUNS_KEPT)
