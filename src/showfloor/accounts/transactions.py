"""The write transaction, and the verb around it.

A transaction that PostgreSQL ends because of others (a deadlock, a serialisation failure) did
nothing, and is right the next time: the verb runs again from its start, a bounded number of times.
Whatever else goes wrong goes to the caller as it is: nobody knows what a lost connection has done.
"""

import functools
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from showfloor.kernel.errors import Unavailable
from showfloor.kernel.turns import Turns

log = logging.getLogger(__name__)

ATTEMPTS_MAX = 6
PAUSE_S = 0.02  # before the second attempt; twice as long before each further one
_REPEATABLE = {"40001", "40P01"}  # serialization_failure, deadlock_detected


class Repeat(OperationalError):
    """A verb found that others were faster: its transaction did nothing, and is right the next
    time."""


# SQLite's own waiting is unfair (measured: p99 129 ms without turns, 5.8 ms with them; beside an
# import in a process of its own, 11 s).
_turns: dict[str, Turns] = {}


@contextmanager
def write() -> Iterator[None]:
    """A write transaction. On SQLite one at a time on this machine, in fair turns, also where
    several processes write; nests like `atomic`.

    Inside an open transaction (the admin's, say) SQLite's own lock is held already: waiting for
    ours there would be waiting for someone who waits for SQLite's.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with sqlite_turns().take(), transaction.atomic():
            yield
    else:
        with transaction.atomic():
            yield


def sqlite_turns() -> Turns:
    """Return the turns at writing to this connection's database file."""
    name = str(connection.settings_dict["NAME"])
    found = _turns.get(name)
    if found is None:
        is_file = name != ":memory:" and not name.startswith("file:")
        found = _turns.setdefault(name, Turns(Path(name) if is_file else None))
    return found


def verb[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """Run the function again, whole, when the database ended its transaction for the sake of
    others. Called by another verb inside a transaction, it leaves that to the outermost one.

    What runs again reads everything anew: the function changes nothing outside its transaction
    before that has committed. Unavailable when it comes to nothing for ATTEMPTS_MAX times.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        for attempt in range(1, ATTEMPTS_MAX):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                if not _is_repeatable(error):
                    raise
                log.info("verb_repeated verb=%s attempt=%d", function.__qualname__, attempt)
            # Half of it by chance: two that stood in each other's way do not meet again.
            time.sleep(PAUSE_S * 2 ** (attempt - 1) * random.uniform(0.5, 1.0))  # noqa: S311
        try:
            return function(*args, **kwargs)
        except OperationalError as error:
            if not _is_repeatable(error):
                raise
            log.warning("verb_given_up verb=%s attempts=%d", function.__qualname__, ATTEMPTS_MAX)
            raise Unavailable(
                _("Too many are doing this at the same moment. It is safe to try again."),
                code="busy",
            ) from error

    return run


def _is_repeatable(error: OperationalError) -> bool:
    if isinstance(error, Repeat):
        return True
    return getattr(error.__cause__, "sqlstate", None) in _REPEATABLE
