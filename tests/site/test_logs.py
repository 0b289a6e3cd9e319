"""The log's lines about a fault that repeats itself."""

import errno
import io
import logging

import pytest

from showfloor.site.logs import KEYS_MAX, OneTracebackAMinute


class Seconds:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Log:
    """A log with the filter in front of its text."""

    def __init__(self) -> None:
        self.clock = Seconds()
        self._text = io.StringIO()
        handler = logging.StreamHandler(self._text)
        self.filter = OneTracebackAMinute(self.clock)
        handler.addFilter(self.filter)
        self.logger = logging.Logger("test")  # noqa: LOG001 - nobody else's
        self.logger.addHandler(handler)

    def failed(self, error: Exception, name: str = "job") -> None:
        try:
            raise error  # noqa: TRY301 - its traceback is what this is about
        except Exception:
            self.logger.exception("%s_failed", name)

    @property
    def lines(self) -> list[str]:
        return self._text.getvalue().splitlines()


@pytest.fixture
def log() -> Log:
    return Log()


def full() -> Exception:
    return OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_is_one_line_whoever_notices_it(log: Log) -> None:
    for n in range(209):
        log.failed(full(), f"job{n % 7}")
    assert log.lines == ["disk_full job0_failed"]


def test_full_disk_is_said_again_after_a_minute_with_a_count(log: Log) -> None:
    for _ in range(3):
        log.failed(full())
    log.clock.now += 60
    log.failed(full())
    assert log.lines == ["disk_full job_failed", "disk_full job_failed (2 more since)"]


def test_same_exception_has_one_traceback_a_minute(log: Log) -> None:
    for _ in range(50):
        log.failed(ValueError("odd"))
    assert log.lines.count("Traceback (most recent call last):") == 1
    assert log.lines.count("job_failed") == 1
    log.failed(ValueError("even"))
    assert log.lines.count("Traceback (most recent call last):") == 2
    log.clock.now += 60
    log.failed(ValueError("odd"))
    assert log.lines.count("job_failed (49 more since)") == 1
    assert log.lines.count("Traceback (most recent call last):") == 3


def test_lines_without_an_exception_are_all_said(log: Log) -> None:
    for _ in range(3):
        log.logger.error("order_refused")
    assert log.lines == ["order_refused"] * 3


def test_remembered_faults_are_bounded(log: Log) -> None:
    for n in range(3 * KEYS_MAX):
        log.failed(ValueError(f"number {n}"))
    assert len(log.filter._said) <= KEYS_MAX
