"""A queue for a few threads that takes networks in turn: a thousand requests of one network wait
behind each other, not in front of other networks.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from showfloor.kernel.errors import RateLimited, Unavailable

SPARED: Final = 2  # turns that one network must leave to others
RETRY_S: Final = 2.0


class _Network:
    __slots__ = ("running", "waiting")

    def __init__(self) -> None:
        self.running = 0
        self.waiting: deque[asyncio.Future[None]] = deque()


class FairQueue:
    """Gives `turns` at a time: to one network all but `SPARED` at most, and
    `waiting_per_network_max` of its requests may wait. The network `""` stands for no network and
    has neither bound. Belongs to the event loop."""

    def __init__(
        self, turns: int, *, waiting_max: int = 2000, waiting_per_network_max: int = 200
    ) -> None:
        self._free = turns
        self._per_network = max(1, turns - SPARED)
        self._waiting_max = waiting_max
        self._waiting_per_network_max = waiting_per_network_max
        # Networks with a request, the next one first.
        self._networks: dict[str, _Network] = {}
        self.waiting = 0

    @asynccontextmanager
    async def turn(self, network: str) -> AsyncIterator[None]:
        """Hold a turn; RateLimited where the network has filled its part of the queue, Unavailable
        where the whole queue is full."""
        ours = self._networks.get(network)
        if ours is None:
            ours = self._networks[network] = _Network()
        if self._free and not ours.waiting and self._may_run(network, ours):
            self._begin(ours)
        else:
            await self._wait(network, ours)
        try:
            yield
        finally:
            self._end(ours)
            self._forget(network, ours)

    async def _wait(self, network: str, ours: _Network) -> None:
        try:
            self._check_room(network, ours)
            turn = asyncio.get_running_loop().create_future()
            ours.waiting.append(turn)
            self.waiting += 1
            try:
                await turn
            except asyncio.CancelledError:
                self._step_out(turn, ours)
                raise
        except BaseException:
            self._forget(network, ours)
            raise

    def _check_room(self, network: str, ours: _Network) -> None:
        if self.waiting >= self._waiting_max:
            raise Unavailable("Too many ask at once. Try again in a moment.", code="busy")
        if network and len(ours.waiting) >= self._waiting_per_network_max:
            raise RateLimited(
                "Too much comes from your network at once. Try again in a moment.",
                retry_after_s=RETRY_S,
            )

    def _step_out(self, turn: "asyncio.Future[None]", ours: _Network) -> None:
        """Clean up after a request that left while it waited, perhaps just as its turn came."""
        if not turn.cancelled():
            self._end(ours)
        elif turn in ours.waiting:
            ours.waiting.remove(turn)
            self.waiting -= 1

    def _pass_on(self) -> None:
        """Give free turns to the next networks, one to each."""
        while self._free:
            found = next(
                (
                    (key, one)
                    for key, one in self._networks.items()
                    if one.waiting and self._may_run(key, one)
                ),
                None,
            )
            if found is None:
                return
            key, network = found
            turn = network.waiting.popleft()
            self.waiting -= 1
            if not turn.cancelled():
                self._begin(network)
                turn.set_result(None)
            self._networks[key] = self._networks.pop(key)  # the last one now

    def _may_run(self, key: str, network: _Network) -> bool:
        return not key or network.running < self._per_network

    def _begin(self, network: _Network) -> None:
        self._free -= 1
        network.running += 1

    def _end(self, network: _Network) -> None:
        self._free += 1
        network.running -= 1
        self._pass_on()

    def _forget(self, key: str, network: _Network) -> None:
        if not network.running and not network.waiting:
            self._networks.pop(key, None)
