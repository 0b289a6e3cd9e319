"""A limiter of connections, in all and per network, which closes the least deserving for a new one.

A connection takes a slot before its first byte is read, and changes its rank as it goes on. The
event loop of one server owns a limiter. Nothing here knows a protocol: HTTP and RTMP each have a
limiter of their own.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from enum import IntEnum
from itertools import islice
from typing import Final, Protocol

_LOOK_AT_MAX: Final = 64  # connections of a full network that are compared to find the one to close


class Rank(IntEnum):
    """The worth of a connection, least first. All ranks below ACTIVE give way to others."""

    SILENT = 0  # it has sent no request yet, or not a whole one
    IDLE = 1  # between two requests
    STALLED = 2  # it does not read what is sent to it
    ACTIVE = 3  # a request is under way, or a show is followed


class Occupant(Protocol):
    """A connection, as the limiter sees it. Neither call may raise."""

    def evict(self) -> None:
        """Close at once: another needs the slot."""

    def overdue(self, rank: Rank) -> None:
        """The time allowed at this rank is over. The slot has no deadline until `become`."""


class Slot:
    """The slot of one connection, to be released when the connection is lost."""

    __slots__ = ("_limiter", "_network", "is_extra", "occupant", "rank", "since")

    def __init__(
        self, limiter: "ConnectionLimiter", network: "_Network | None",
        occupant: Occupant, *, is_extra: bool,
    ) -> None:  # fmt: skip
        self._limiter: ConnectionLimiter | None = limiter
        self._network = network
        self.occupant: Occupant | None = occupant
        self.is_extra = is_extra  # from the reserve: only health checks are answered
        self.rank = Rank.ACTIVE
        self.since = 0.0

    def become(self, rank: Rank) -> None:
        """Set the connection's rank. The same rank again restarts its time."""
        if self._limiter is not None:
            self._limiter._file(self, rank)

    def settle(self) -> None:
        """Keep the connection ACTIVE to its end, because another object takes care of it."""
        self.become(Rank.ACTIVE)
        self.occupant, self.since = None, 0.0

    def release(self) -> None:
        """Give the slot back. A second call does no harm."""
        limiter, self._limiter = self._limiter, None
        if limiter is not None:
            limiter._release(self)
            self.occupant = None


class _Network:
    """The slots of one network."""

    __slots__ = ("key", "slots", "waiting")

    def __init__(self, key: str) -> None:
        self.key = key
        self.slots = 0
        # slots below ACTIVE, the longest at its rank first
        self.waiting: dict[Slot, None] | None = None


class ConnectionLimiter:
    """Slots for `connections_max` connections in all and `per_network_max` of one network (0: no
    bound); `reserve` more while every slot is ACTIVE, for health checks. `time_s`: how long a
    connection may stay at a rank."""

    def __init__(
        self, connections_max: int, per_network_max: int = 0, *, reserve: int = 0,
        time_s: Mapping[Rank, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._connections_max = connections_max
        self._per_network_max = per_network_max
        self._reserve = reserve
        self._time_s = dict(time_s or {})
        self._clock = clock
        self._networks: dict[str, _Network] = {}
        self._waiting: dict[Rank, OrderedDict[Slot, None]] = {
            rank: OrderedDict() for rank in (Rank.SILENT, Rank.IDLE, Rank.STALLED)
        }
        self.taken = 0
        self.refused = 0  # newcomers that found no place, ever
        self.evicted = 0  # connections that gave way, ever

    def admit(self, network: str, occupant: Occupant) -> Slot | None:
        """Return a SILENT slot for a new connection of this network (`""`: not counted by network);
        None where every other connection is worth more."""
        ours = self._networks.get(network) if network else None
        if (
            ours is not None
            and 0 < self._per_network_max <= ours.slots
            and not self._make_way(ours)
        ):
            self.refused += 1
            return None
        if self.taken >= self._connections_max:
            self._make_room()
        is_extra = self.taken >= self._connections_max
        if is_extra and self.taken >= self._connections_max + self._reserve:
            self.refused += 1
            return None
        if network:
            ours = self._networks.setdefault(network, ours or _Network(network))
            ours.slots += 1
        self.taken += 1
        slot = Slot(self, ours, occupant, is_extra=is_extra)
        self._file(slot, Rank.SILENT)
        return slot

    def sweep(self) -> None:
        """Call `overdue` on connections whose time is over. To be called about once a second."""
        now = self._clock()
        for rank, waiting in self._waiting.items():
            until = now - self._time_s.get(rank, float("inf"))
            while waiting and (slot := next(iter(waiting))).since <= until:
                self._unfile(slot)
                slot.rank = Rank.ACTIVE  # without a deadline until its next rank
                assert slot.occupant is not None, "who is filed has an occupant"
                slot.occupant.overdue(rank)

    def _make_way(self, network: _Network) -> bool:
        """Close the least deserving of a network."""
        if not network.waiting:
            return False
        self._evict(min(islice(network.waiting, _LOOK_AT_MAX), key=lambda slot: slot.rank))
        return True

    def _make_room(self) -> None:
        """Close the least deserving of all, if one may be closed."""
        waiting = next((waiting for waiting in self._waiting.values() if waiting), None)
        if waiting is not None:
            self._evict(next(iter(waiting)))

    def _evict(self, slot: Slot) -> None:
        occupant = slot.occupant
        slot.release()
        self.evicted += 1
        assert occupant is not None, "who is filed has an occupant"
        occupant.evict()

    def _file(self, slot: Slot, rank: Rank) -> None:
        if slot.rank is not Rank.ACTIVE:
            self._unfile(slot)
        slot.rank = rank
        if rank is Rank.ACTIVE:
            return
        slot.since = self._clock()
        self._waiting[rank][slot] = None
        network = slot._network
        if network is not None:
            if network.waiting is None:
                network.waiting = {}
            network.waiting[slot] = None

    def _unfile(self, slot: Slot) -> None:
        del self._waiting[slot.rank][slot]
        network = slot._network
        if network is not None and network.waiting is not None:
            del network.waiting[slot]
            network.waiting = network.waiting or None

    def _release(self, slot: Slot) -> None:
        if slot.rank is not Rank.ACTIVE:
            self._unfile(slot)
            slot.rank = Rank.ACTIVE
        self.taken -= 1
        network = slot._network
        if network is not None:
            network.slots -= 1
            if not network.slots:
                del self._networks[network.key]
