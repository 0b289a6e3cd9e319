"""Turns at a few threads, shared out among the networks that ask: one that asks a thousand times
waits for itself, and everyone else is next.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from showfloor.kernel.errors import RateLimited, Unavailable

SPARED: Final = 2  # turns that one network leaves to others
RETRY_S: Final = 2.0


class _Network:
    __slots__ = ("running", "waiting")

    def __init__(self) -> None:
        self.running = 0
        self.waiting: deque[asyncio.Future[None]] = deque()


class FairQueue:
    """`turns` at a time; of one network at most all but `SPARED`, and `waiting_per_network_max` in
    the queue. The network `""` is nobody's in particular and has neither bound. Belongs to the
    event loop."""

    def __init__(
        self, turns: int, *, waiting_max: int = 2000, waiting_per_network_max: int = 200
    ) -> None:
        self._free = turns
        self._per_network = max(1, turns - SPARED)
        self._waiting_max = waiting_max
        self._waiting_per_network_max = waiting_per_network_max
        # Those with something in the queue, the one that is next first.
        self._networks: dict[str, _Network] = {}
        self.waiting = 0

    @asynccontextmanager
    async def turn(self, network: str) -> AsyncIterator[None]:
        """RateLimited where the network fills its part of the queue, Unavailable where all do."""
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
        """The one who waited has left, perhaps when the turn had just come."""
        if not turn.cancelled():
            self._end(ours)
        elif turn in ours.waiting:
            ours.waiting.remove(turn)
            self.waiting -= 1

    def _pass_on(self) -> None:
        """Give what is free to those who are next, a turn to each network."""
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
