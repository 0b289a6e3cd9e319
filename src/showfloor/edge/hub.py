"""All feeds of this process: opened for the first follower, closed some time after the last."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from showfloor.accounts.tokens import Claims
from showfloor.edge.feed import Feed
from showfloor.edge.ports import LogStore
from showfloor.timeline import presence
from showfloor.timeline.bus import Bus, Wake

IDLE_CLOSE_S = 60.0

# Whether something is about a viewer: brand id, a token's `sub`, the hash of the network.
type Covers = Callable[[str, str, str], bool]


@dataclass(eq=False, slots=True)
class Follower:
    """One connection. `cut` is set when it must end, with the close code to end it with."""

    claims: Claims
    brand_id: str
    timeline_id: str
    cut: "asyncio.Future[tuple[int, str]]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Hub:
    """Followers by timeline. All methods but the bus's callbacks belong to the event loop."""

    def __init__(self, store: LogStore, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._feeds: dict[str, Feed] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._followers: set[Follower] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._unsubscribe = self._bus.subscribe(self._woken)

    def stop(self) -> None:
        self._unsubscribe()
        for feed in self._feeds.values():
            feed.stop()

    @property
    def viewers(self) -> int:
        return len(self._followers)

    async def join(self, follower: Follower) -> Feed:
        """The feed to follow; NoTimeline. `leave` must be called afterwards."""
        feed = await self._feed(follower.timeline_id)
        self._followers.add(follower)
        feed.joined(as_viewer=not follower.claims.is_staff)
        return feed

    def leave(self, feed: Feed, follower: Follower) -> None:
        self._followers.discard(follower)
        feed.left(as_viewer=not follower.claims.is_staff)
        if feed.followers == 0 and self._loop is not None:
            self._loop.call_later(IDLE_CLOSE_S, self._close_idle, feed)

    def cut(self, covers: Covers, code: int, reason: str) -> None:
        """End the open connections of everyone whom `covers` is about. Any thread."""

        def about(follower: Follower) -> bool:
            return covers(follower.brand_id, follower.claims.sub, follower.claims.network)

        self._soon(about, code, reason)

    def cut_viewers(self, timeline_id: str, code: int, reason: str) -> None:
        """End the open connections of everyone at this timeline who is not staff. Any thread."""

        def about(follower: Follower) -> bool:
            return follower.timeline_id == timeline_id and not follower.claims.is_staff

        self._soon(about, code, reason)

    def _soon(self, about: Callable[[Follower], bool], code: int, reason: str) -> None:
        assert self._loop is not None, "the hub has not started"
        self._loop.call_soon_threadsafe(self._cut, about, code, reason)

    def _cut(self, about: Callable[[Follower], bool], code: int, reason: str) -> None:
        for follower in self._followers:
            if not follower.cut.done() and about(follower):
                follower.cut.set_result((code, reason))

    async def _feed(self, timeline_id: str) -> Feed:
        lock = self._opening.setdefault(timeline_id, asyncio.Lock())
        async with lock:
            feed = self._feeds.get(timeline_id)
            if feed is None:
                feed = Feed(timeline_id, self._store, presence.report)
                await feed.start()
                self._feeds[timeline_id] = feed
        self._opening.pop(timeline_id, None)
        return feed

    def _close_idle(self, feed: Feed) -> None:
        if feed.followers == 0 and self._feeds.get(feed.timeline_id) is feed:
            feed.stop()
            del self._feeds[feed.timeline_id]

    def _woken(self, wake: Wake) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, wake)

    def _wake(self, wake: Wake) -> None:
        feed = self._feeds.get(wake.timeline_id)
        if feed is None:
            return
        if wake.redacted:
            feed.forget_frames()
        feed.wake()
