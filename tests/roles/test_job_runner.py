"""The pace of jobs: idle ones wait until somebody has written to the database."""

import threading

import pytest
from django.db import connection, connections

from showfloor.accounts.models import Brand
from showfloor.kernel.jobs import Job
from showfloor.roles.job_runner import JobRunner

TELLS_CHANGES = connection.vendor == "sqlite"


class Paced:
    """One job, every second, and every ten while nothing is written; on a clock of the test."""

    def __init__(self) -> None:
        self.now, self.runs, self.finds, self.waits = 100.0, 0, False, False
        job = Job("look", 1.0, self._look, idle_every_s=10.0, waits=lambda: self.waits)
        self._runner = JobRunner([job], self._clock)

    def _clock(self) -> float:
        return self.now

    def _look(self) -> bool:
        self.runs += 1
        return self.finds

    def runs_in(self, seconds: int) -> int:
        """Return how often the job runs in so many seconds."""
        before = self.runs
        for _second in range(seconds):
            self.now += 1.0
            self._runner.run_due()
        return self.runs - before


def rename(brand: Brand) -> None:
    brand.name += "!"
    brand.save(update_fields=["name"])


def rename_elsewhere(brand: Brand) -> None:
    def write() -> None:
        rename(brand)
        connections.close_all()

    other = threading.Thread(target=write)
    other.start()
    other.join(20)


@pytest.mark.django_db(transaction=True)
def test_job_that_finds_nothing_asks_again_when_somebody_has_written(brand: Brand) -> None:
    job = Paced()
    assert job.runs_in(1) == 1
    assert job.runs_in(10) == (1 if TELLS_CHANGES else 10)
    for write in (rename, rename_elsewhere):
        write(brand)
        assert job.runs_in(1) == 1
        assert job.runs_in(5) == (0 if TELLS_CHANGES else 5)


@pytest.mark.django_db(transaction=True)
def test_job_that_finds_something_or_waits_for_a_moment_keeps_its_pace(brand: Brand) -> None:
    job = Paced()
    job.finds = True
    assert job.runs_in(5) == 5
    job.finds, job.waits = False, True
    assert job.runs_in(5) == 5
    job.waits = False
    assert job.runs_in(5) == (1 if TELLS_CHANGES else 5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not TELLS_CHANGES, reason="PostgreSQL is not asked")
def test_job_outlives_a_database_that_does_not_answer(brand: Brand) -> None:
    job = Paced()
    assert job.runs_in(1) == 1
    connection.connection.close()  # the question fails as that to a broken file does
    assert job.runs_in(1) == 1
    connection.close()
