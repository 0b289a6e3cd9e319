"""Those who follow by HTTP: what they follow, and how many of them there may be."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from showfloor.accounts.tokens import Claims
from showfloor.edge.http.responses import RequestRejected, problem
from showfloor.edge.ports import Admission, AdmissionDenied


@dataclass(frozen=True, slots=True)
class Target:
    """What an address means to who is asking. `public`: everyone may have it, and keep it."""

    timeline_id: str
    public: bool
    admission: Admission
    claims: Claims


@dataclass(eq=False, slots=True)
class ConnectionSlot:
    """One request that stays open (`edge.fanout.hub.Follower`). `ended` is set when it must end."""

    claims: Claims
    brand_id: str
    timeline_id: str
    is_public: bool
    ended: "asyncio.Future[AdmissionDenied]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def disconnect(self, code: int, reason: str) -> None:
        """End it, for what a WebSocket's close code says."""
        if not self.ended.done():
            self.ended.set_result(AdmissionDenied(code, reason))


class ConnectionSlots:
    """At most `slots_max` requests that stay open in this process, and `per_network` of those who
    come from one network (0: as many as there are)."""

    def __init__(self, slots_max: int, per_network: int = 0) -> None:
        self._slots_max = slots_max
        self._per_network = per_network
        self._networks: dict[str, int] = {}
        self.taken = 0

    @contextmanager
    def take(self, target: Target) -> Iterator[ConnectionSlot]:
        """A seat until the block ends; Refused (503, come back) when all are taken."""
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
