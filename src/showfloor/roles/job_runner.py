"""The rooms' jobs, each at its pace, one at a time, in one thread."""

import logging
import threading
import time
from collections.abc import Sequence

from django.db import close_old_connections, connections

from showfloor.kernel.jobs import Job

log = logging.getLogger(__name__)

IDLE_S = 0.25


class JobRunner:
    """Runs jobs until it is stopped. A job that fails is logged and tried again at its time."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._idle_s = min([IDLE_S, *(job.every_s for job in jobs)])
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, within_s: float = 5.0) -> None:
        self._stopping.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        due = {job.name: 0.0 for job in self._jobs}
        while not self._stopping.wait(self._idle_s):
            for job in self._jobs:
                if time.monotonic() >= due[job.name] and not self._stopping.is_set():
                    self._run_one(job)
                    due[job.name] = time.monotonic() + job.every_s
        connections.close_all()

    def _run_one(self, job: Job) -> None:
        close_old_connections()
        try:
            job.run()
        except Exception:  # one job's trouble is not another's
            log.exception("job_failed job=%s", job.name)
        finally:
            close_old_connections()
