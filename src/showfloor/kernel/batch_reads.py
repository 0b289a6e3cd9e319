"""Reads that a batch of work shares: what is the same for all of its items is read once.

A batch takes seconds, so what it remembers cannot grow old: it is as if the whole batch had been
done at its beginning. Outside of a batch everything is read anew.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("batch_reads", default=None)


@contextmanager
def batch() -> Iterator[None]:
    """Remember in this block, on this thread, what `read_once` reads."""
    before = _known.set({})
    try:
        yield
    finally:
        _known.reset(before)


def read_once[T](key: Hashable, read: Callable[[], T]) -> T:
    """Return what `read` returns: what it has returned for this key where the batch knows it."""
    known = _known.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    found: T = known[key]
    return found
