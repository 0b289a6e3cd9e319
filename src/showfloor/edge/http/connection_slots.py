"""Slots for requests that stay open: the target of each, and how many there may be."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from showfloor.accounts.tokens import Claims
from showfloor.edge.http.responses import RequestRejected, problem
from showfloor.edge.ports import Admission, AdmissionDenied


@dataclass(frozen=True, slots=True)
class Target:
    """The timeline that an address means for one person. `public`: everyone may read and keep
    it."""

    timeline_id: str
    public: bool
    admission: Admission
    claims: Claims


@dataclass(eq=False, slots=True)
class ConnectionSlot:
    """One request that stays open (`edge.fanout.hub.Follower`). `ended` is set when it has to
    end."""

    claims: Claims
    brand_id: str
    timeline_id: str
    is_public: bool
    ended: "asyncio.Future[AdmissionDenied]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def disconnect(self, code: int, reason: str) -> None:
        """End the request with the reason of a WebSocket's close code."""
        if not self.ended.done():
            self.ended.set_result(AdmissionDenied(code, reason))


class ConnectionSlots:
    """At most `slots_max` open requests in this process, and `per_network` of one network (0: no
    bound)."""

    def __init__(self, slots_max: int, per_network: int = 0) -> None:
        self._slots_max = slots_max
        self._per_network = per_network
        self._networks: dict[str, int] = {}
        self.taken = 0

    @contextmanager
    def take(self, target: Target) -> Iterator[ConnectionSlot]:
        """Hold a slot until the block ends; RequestRejected (503, come back) when all are taken."""
        network = target.claims.network
        theirs = self._networks.get(network, 0)
        is_crowd = network != "" and 0 < self._per_network <= theirs
        if self.taken >= self._slots_max or is_crowd:
            raise RequestRejected(
                problem(503, "too-many-connections", "Too many at once.", retry_after_s=2)
            )
        self.taken += 1
        self._networks[network] = theirs + 1
        try:
            admission = target.admission
            yield ConnectionSlot(
                target.claims, admission.brand_id, target.timeline_id, target.public
            )
        finally:
            self.taken -= 1
            left = self._networks[network] - 1
            if left:
                self._networks[network] = left
            else:
                del self._networks[network]
