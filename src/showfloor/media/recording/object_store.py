"""The port to a store of objects, where recordings live on after their show.

Keys are like paths; the composition sets which bucket and prefix they are below.
"""

from collections.abc import Callable
from typing import Protocol


class ObjectStoreError(OSError):
    """The store does not answer, or refuses. The words never hold a key of access."""


class ObjectSource(Protocol):
    """The bytes of an object that is uploaded: the same ones at each reading."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, length: int) -> bytes:
        """Return bytes of it; OSError when it is damaged."""


class ObjectStore(Protocol):
    """Blocking; used by several threads. Each call ends within a bound of time and tries."""

    def upload(self, key: str, source: ObjectSource, on_sent: Callable[[int], None]) -> None:
        """Store an object; it is whole and durable when this returns. An upload that was cut off
        goes on where it was. `on_sent` hears the bytes that are there, and may raise to stop."""

    def read(self, key: str, start: int, length: int) -> bytes:
        """Return bytes of an object; ObjectStoreError when there are not so many."""

    def put(self, key: str, data: bytes) -> None:
        """Store a small object, over the one before; it is whole and durable when this returns."""

    def fetch(self, key: str, size_max: int) -> bytes | None:
        """Return a whole object; None where there is none, ObjectStoreError for a larger one."""

    def delete_below(self, prefix: str) -> int:
        """Delete all objects whose keys begin so, with all their versions and with uploads that
        were cut off; return how many."""

    def signed_url(self, key: str, filename: str) -> str:
        """Return an address that gives an object to everyone for a few minutes, as a download."""

    def check(self) -> str:
        """Return what is wrong with the bucket, in words, or nothing."""
