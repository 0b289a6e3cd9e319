"""drand: public randomness that nobody can know in advance, as a port.

Facts of the network *quicknet* (its `/info`): a round every three seconds, unchained, so that a
round's randomness is the SHA-256 of its signature.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

CHAIN: Final = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
SIGNATURE_BYTES: Final = 48  # a point of G1, compressed
_GENESIS: Final = datetime.fromtimestamp(1_692_803_367, UTC)
_PERIOD: Final = timedelta(seconds=3)


class NoAnswer(Exception):
    """The round cannot be had now."""


class Beacon(Protocol):
    """A source of drand's rounds."""

    def signature(self, round_number: int) -> bytes:
        """Return the signature of a round that is over; NoAnswer. It waits some seconds at most."""
        ...


_used: list[Beacon] = []


def use(beacon: Beacon | None) -> None:
    """Ask this beacon from now on; None: draws go without."""
    _used[:] = [] if beacon is None else [beacon]


def used() -> Beacon | None:
    return _used[0] if _used else None


def round_after(moment: datetime) -> int:
    """Return the number of the first round that comes after this moment."""
    return (moment - _GENESIS) // _PERIOD + 2


def round_at(moment: datetime) -> int:
    """Return the number of the last round that is over at this moment."""
    return (moment - _GENESIS) // _PERIOD + 1


def time_of(round_number: int) -> datetime:
    """Return the moment of a round."""
    return _GENESIS + (round_number - 1) * _PERIOD
