"""The rooms' jobs, each at its pace, one at a time, in one thread.

Where the database tells for nothing that nobody has written to it (SQLite's `data_version`), a job
that found nothing to do does not ask it the same questions again: most of what an installation
without people costs are such questions. PostgreSQL does not tell, so jobs keep their pace there.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from django.db import DatabaseError, close_old_connections, connection, connections

from showfloor.kernel.jobs import Job

log = logging.getLogger(__name__)

IDLE_S = 0.25


class JobSchedule:
    """When a job runs again, by a monotonic clock in seconds."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._due_at = 0.0
        self._idle_until = 0.0
        self._unchanged: object = None  # the mark of the database in which it found nothing

    def is_due(self, now: float) -> bool:
        if now < self._due_at:
            return False
        if now < self._idle_until and self._unchanged is not None and self._unchanged == _mark():
            self._due_at = now + self._job.every_s
            return False
        return True

    def run(self, clock: Callable[[], float]) -> None:
        close_old_connections()
        before = _mark() if self._job.idle_every_s else None
        try:
            keeps_pace = bool(self._job.run()) or (before is not None and self._job.waits())
        except Exception:  # one job's trouble is not another's
            log.exception("job_failed job=%s", self._job.name)
            keeps_pace = True
        finally:
            close_old_connections()
        self._unchanged = None if keeps_pace else before
        self._due_at = clock() + self._job.every_s
        self._idle_until = clock() + self._job.idle_every_s


def _mark() -> object:
    """Return a mark of the database as this thread sees it, which every committed change makes
    another one: by other connections, and by its own. None: nobody knows."""
    if connection.vendor != "sqlite":
        return None
    try:
        connection.ensure_connection()
        with connection.wrap_database_errors:
            (version,) = connection.connection.execute("PRAGMA data_version").fetchone()
    except DatabaseError:
        return None
    return connection.connection, version, connection.connection.total_changes


class JobRunner:
    """Runs jobs until it is stopped. A job that fails is logged and tried again at its time."""

    def __init__(self, jobs: Sequence[Job], clock: Callable[[], float] = time.monotonic) -> None:
        self._schedules = [JobSchedule(job) for job in jobs]
        self._idle_s = min([IDLE_S, *(job.every_s for job in jobs)])
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, within_s: float = 5.0) -> None:
        self._stopping.set()
        self._thread.join(within_s)

    def run_due(self) -> None:
        """Run each job that is due, in this thread."""
        for schedule in self._schedules:
            if schedule.is_due(self._clock()) and not self._stopping.is_set():
                schedule.run(self._clock)

    def _run(self) -> None:
        while not self._stopping.wait(self._idle_s):
            self.run_due()
        connections.close_all()
