"""Threads that do something at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from showfloor.timeline import services as timeline
from showfloor.timeline.log import Entry, NewEntry

MEET_S = 6.0  # shorter than PostgreSQL lets an open transaction be idle


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all calls at one moment; what each returned or raised, in order."""
    start = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[index] = call()
        except Exception as error:  # noqa: BLE001 - the race's outcome, looked at by the test
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a deadlock"
    return results


def somebody_waits() -> bool:
    """Return whether a transaction waits for a row that another has locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        found: bool = cursor.fetchone()[0]
    return found


class Meeting:
    """A place in unguarded code where everyone waits until all have read and nobody has written.
    Those who come alone go on after a while; those who come after a meeting that takes place
    `once` go on immediately."""

    def __init__(self, count: int, *, at_most_s: float = MEET_S, once: bool = False) -> None:
        self._barrier = threading.Barrier(count, action=self._meet)
        self._at_most_s = at_most_s
        self._once = once
        self._has_met = False

    def _meet(self) -> None:
        self._has_met = True

    def wait(self) -> None:
        if self._once and self._has_met:
            return
        try:
            self._barrier.wait(self._at_most_s)
        except threading.BrokenBarrierError:
            return


class Unguarded:
    """Each statement by itself, as code without `write()` would run; entries still in order."""

    @staticmethod
    @contextmanager
    def write() -> Iterator[None]:
        yield

    @staticmethod
    def append(timeline_id: str, entries: Sequence[NewEntry]) -> list[Entry]:
        with timeline.write():
            return timeline.append(timeline_id, entries)
