"""`GET /timeline/<show>/ticks/<n>`: one tick; a request for the next one waits until it is closed.

A client that follows by asking for tick after tick asks the cache in front, and of all clients that
wait there for the same tick one request waits here. Each request ends in a cacheable response:
where nothing happens for 20 s, an empty tick is closed for those who wait.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Final

from showfloor.edge.asgi_types import Receive
from showfloor.edge.fanout.feed import Feed
from showfloor.edge.fanout.hub import Hub
from showfloor.edge.http import responses
from showfloor.edge.http.connection_slots import ConnectionSlot, ConnectionSlots, Target
from showfloor.edge.http.responses import ClientDisconnected, Response, problem

KEPT: Final = "public, max-age=60"  # a purge may be late by this at most
AHEAD: Final = "public, max-age=1"
LAG_TICKS: Final = 10  # another process may have closed these before this one has read them
LAG_S: Final = 1.0
CLOSINGS_KEPT_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class TickLimits:
    """`waiting_max`: requests that wait in this process. Times in seconds."""

    waiting_max: int = 4000
    empty_after_s: float = 20.0
    give_up_s: float = 10.0  # after that, where even an empty tick cannot be closed


class TickEndpoint:
    """Belongs to the event loop."""

    def __init__(self, hub: Hub, limits: TickLimits | None = None) -> None:
        self._hub = hub
        self._limits = limits or TickLimits()
        self._slots = ConnectionSlots(self._limits.waiting_max)
        # By timeline: a tick and the task that closes it.
        self._closings: dict[str, tuple[int, asyncio.Task[None]]] = {}

    @property
    def waiting(self) -> int:
        return self._slots.taken

    async def position(self, timeline_id: str) -> dict[str, Any]:
        """`{seq, epoch, tick}`: the last entry and the last tick that were sent. The request opens
        the feed, so that there is a next tick."""
        async with self._hub.following(timeline_id) as feed:
            return {"seq": feed.head, "epoch": feed.epoch, "tick": feed.tick}

    async def get(self, target: Target, number: int, receive: Receive) -> Response:
        """Return the tick's bytes, the same from every process; 404 for a tick beyond the next."""
        async with self._hub.following(target.timeline_id) as feed:
            if feed.tick + 1 < number <= feed.tick + LAG_TICKS:
                await self._catch_up(feed, number)
            if not 0 < number <= feed.tick + 1:
                return problem(404, "not-found", "There is no such tick (yet).", cache=AHEAD)
            # Staff get all of the chat, but not in bytes that caches keep for everyone.
            full = target.claims.is_staff and not target.public
            if number <= feed.tick:
                frame = await feed.frame(number, full=full)
            else:
                with self._slots.take(target) as slot, self._hub.registered(slot):
                    await self._wait(feed, number, slot, receive)
                frame = await feed.frame(number, full=full)
            if frame is None:
                return problem(503, "unavailable", "Try again.", retry_after_s=1)
            return Response(200, frame.text, cache=KEPT)

    async def _wait(self, feed: Feed, number: int, slot: ConnectionSlot, receive: Receive) -> None:
        """Wait until the tick is closed; ClientDisconnected, or AdmissionDenied for a person who is
        banned meanwhile."""
        closed = asyncio.ensure_future(feed.next_frame(number - 1))
        gone = asyncio.ensure_future(responses.until_gone(receive))
        ends: set[asyncio.Future[Any]] = {closed, gone, slot.ended}
        try:
            done, _ = await asyncio.wait(
                ends, timeout=self._limits.empty_after_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                await self._close_empty_tick(feed, number)
                done, _ = await asyncio.wait(
                    ends, timeout=self._limits.give_up_s, return_when=asyncio.FIRST_COMPLETED
                )
            if slot.ended in done:
                raise slot.ended.result()
            if gone in done and closed not in done:
                raise ClientDisconnected
        finally:
            for task in (closed, gone):
                task.cancel()
            await asyncio.gather(closed, gone, return_exceptions=True)

    async def _close_empty_tick(self, feed: Feed, number: int) -> None:
        """Close an empty tick, once for all requests that have waited long enough."""
        closing, task = self._closings.get(feed.timeline_id, (0, None))
        if closing != number or task is None or _has_failed(task):
            if len(self._closings) >= CLOSINGS_KEPT_MAX:
                self._closings.clear()
            task = asyncio.ensure_future(feed.close_empty_tick())
            self._closings[feed.timeline_id] = (number, task)
        await asyncio.shield(task)

    async def _catch_up(self, feed: Feed, number: int) -> None:
        """Read on at once and wait a moment, for a client from a process that is ahead."""
        feed.wake()
        await _within(LAG_S, feed.next_frame(number - 2))


def _has_failed(task: "asyncio.Task[None]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _within(seconds: float, waited: Awaitable[object]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await waited
    except TimeoutError:
        pass
