"""The port of a WebRTC connection."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from showfloor.media.packets import SourceItem, TrackKind


class PeerFailed(Exception):
    """The connection cannot be made, or is no more; the sentence is for the log."""


class OfferRefused(Exception):
    """The offer cannot be answered. `status`: of HTTP, by RFC 9725, 4.2."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Offer:
    """A checked offer. `kinds`: of the tracks that it sends."""

    sdp: str
    kinds: frozenset[TrackKind]


@dataclass(frozen=True, slots=True)
class PeerState:
    """`round_trip_s` is None until it was measured; `packets_lost` were never repaired."""

    round_trip_s: float | None
    packets_lost: int


class Peer(Protocol):
    """One WebRTC connection that receives."""

    async def answer(self, offer: Offer) -> str:
        """Return the answer with all candidates; OfferRefused, PeerFailed. Called once, first."""

    def receive(self) -> AsyncIterator[SourceItem | PeerState]:
        """Yield what comes until the publisher has left; PeerFailed if the connection is lost."""

    def add_candidates(self, candidates: Sequence[str]) -> None:
        """Try the publisher's further addresses: the values of `a=candidate`."""

    async def close(self) -> None:
        """End it, and free what it took; bounded in time. More calls do nothing."""
