"""Turns at a thing that only one thread of all processes on a machine may do at a time.

The thread that asked first is next: a thread that has just finished and asks again waits behind
those in the queue. SQLite's own lock and Python's are unfair in that: a busy writer starves others.
"""

import fcntl
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

PATIENCE_S = 5.0  # how long another process may keep its turn: it may have been stopped
_POLL_S = 0.0005  # doubled up to
_POLL_MAX_S = 0.004

PASSED_MAX = 3  # newcomers that go before the thread that is next


@dataclass(frozen=True, slots=True)
class Wait:
    """The wait for one turn: `ahead` threads were in the queue when it was asked for, and
    `others` turns were given before it came. A thread waits for at most `others_max` of them."""

    ahead: int = 0
    others: int = 0

    @property
    def others_max(self) -> int:
        return self.ahead + (self.ahead + 1) * PASSED_MAX


class _Waiter:
    """A thread that waits; `woken` is released when it is to look again, or has the turn."""

    def __init__(self, ahead: int, given: int) -> None:
        self.ahead = ahead
        self.given = given  # turns that were given before it asked
        self.woken = threading.Lock()
        self.woken.acquire()
        self.has_turn = False

    def wake(self) -> None:
        if self.woken.locked():
            self.woken.release()


class Turns:
    """Turns in the order of asking within this process, and fair turns between processes: two files
    beside `path` make a turnstile, where the holder of the first file is next for the second.

    A thread that comes while the turn is free takes it, also before a thread in the queue that has
    not woken up yet: handing each turn over costs a switch of threads, up to 5 ms each. The first
    in the queue is passed at most PASSED_MAX times.

    The files only say whose turn it is; SQLite's own lock prevents what must not happen twice. So a
    turn that another process keeps for longer than PATIENCE_S is taken all the same, and without
    the files there are turns in this process alone.
    """

    def __init__(
        self, path: Path | None, clock: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        self._path = path
        self._patience_s = patience_s
        self._clock = clock
        self._mutex = threading.Lock()
        self._waiting: deque[_Waiter] = deque()
        self._is_taken = False
        self._passed = 0  # newcomers before the first who waits
        self._given = 0  # turns, ever
        self._files: tuple[int, int] | None = None
        # Is told of each turn, in its thread; for tests of the order.
        self.observe: Callable[[Wait], object] = lambda _wait: None

    @property
    def is_taken(self) -> bool:
        """Return whether a thread of this process has its turn, or waits for another process."""
        return self._is_taken

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn, and give it back at the end. Turns do not nest."""
        wait = self._wait()
        try:
            self.observe(wait)
            held = self._take_files()
            try:
                yield
            finally:
                for file in held:
                    fcntl.flock(file, fcntl.LOCK_UN)
        finally:
            self._give()

    def _wait(self) -> Wait:
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                self._passed += len(self._waiting) > 0
                self._given += 1
                return Wait()
            own = _Waiter(len(self._waiting), self._given)
            self._waiting.append(own)
        try:
            while not self._got_turn(own):
                own.woken.acquire()
        except BaseException:
            self._leave(own)
            raise
        return Wait(own.ahead, self._given - own.given - 1)

    def _got_turn(self, own: _Waiter) -> bool:
        with self._mutex:
            if own.has_turn:
                return True
            if self._is_taken or self._waiting[0] is not own:
                return False
            self._is_taken = True
            self._first_goes()
            return True

    def _give(self) -> None:
        with self._mutex:
            if self._waiting and self._passed >= PASSED_MAX:
                first = self._first_goes()
                first.has_turn = True
                first.wake()
                return
            self._is_taken = False
            if self._waiting:
                self._waiting[0].wake()

    def _first_goes(self) -> _Waiter:
        self._passed = 0
        self._given += 1
        return self._waiting.popleft()

    def _leave(self, own: _Waiter) -> None:
        """Take a thread out of the queue that was interrupted there."""
        with self._mutex:
            if own in self._waiting:
                self._waiting.remove(own)
            if self._waiting and not self._is_taken:
                self._waiting[0].wake()
        if own.has_turn:
            self._give()

    def _take_files(self) -> list[int]:
        files = self._opened()
        if files is None:
            return []
        coming, now = files
        until = self._clock() + self._patience_s
        if not self._lock(coming, until):
            return []
        taken = self._lock(now, until)
        fcntl.flock(coming, fcntl.LOCK_UN)
        return [now] if taken else []

    def _opened(self) -> tuple[int, int] | None:
        """The two files, made when they are first needed."""
        if self._files is None and self._path is not None:
            try:
                self._files = tuple(  # type: ignore[assignment]
                    os.open(f"{self._path}-{name}", os.O_RDWR | os.O_CREAT, 0o600)
                    for name in ("next", "turn")
                )
            except OSError as error:
                log.warning("no_turns_between_processes path=%s error=%s", self._path, error)
                self._path = None
        return self._files

    def _lock(self, file: int, until: float) -> bool:
        wait_s = _POLL_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self._clock() >= until:
                    log.warning("turn_taken_without_waiting path=%s", self._path)
                    return False
                time.sleep(wait_s)
                wait_s = min(2 * wait_s, _POLL_MAX_S)
            else:
                return True
