"""The port to the casts of rehearsals, each a process of its own. The composition sets it."""

from typing import Protocol

from showfloor.kernel.errors import Unavailable


class Casts(Protocol):
    def send(self, rehearsal_id: str) -> None:
        """Start the cast of a rehearsal, and do not wait for it. OSError."""


_casts: Casts | None = None


def use(casts: Casts | None) -> None:
    """Set the casts of this process; None where it starts none."""
    global _casts
    _casts = casts


def casts() -> Casts:
    if _casts is None:
        raise Unavailable("This process starts no rehearsals.")
    return _casts
