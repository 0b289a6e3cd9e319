"""The hub of all feeds in this process: a feed opens for the first follower and closes some time
after the last.

A follower with a task of its own (server-sent events, a blocking GET) uses it like this:

    async with hub.following(timeline_id) as feed:  # NoTimeline; see `edge.fanout.feed`
        with hub.registered(follower, viewer=True):  # counted; disconnected when it must end
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Final, Protocol

from showfloor.accounts.subjects import Subject
from showfloor.accounts.tokens import Claims
from showfloor.edge import websocket_frames
from showfloor.edge.fanout.broadcaster import Fanout
from showfloor.edge.fanout.feed import Feed
from showfloor.edge.fanout.limits import HubLimits
from showfloor.edge.fanout.tick_codec import Thin
from showfloor.edge.ports import AdmissionDenied, LogStore, Snapshots, Ticker
from showfloor.kernel.single_flight import SingleFlight
from showfloor.timeline import presence
from showfloor.timeline.bus import Bus, Wake

log = logging.getLogger(__name__)

IDLE_CLOSE_S: Final = 60.0
COUNT_EVERY_S: Final = 5.0  # the viewer count goes out on change, at most this often
SPREAD_MS_MIN: Final = 500

# Tells whether a change covers a viewer: brand id, a token's `sub`, the hash of the network.
type Covers = Callable[[str, str, str], bool]


class Follower(Protocol):
    """One connection of any kind."""

    @property
    def claims(self) -> Claims: ...
    @property
    def brand_id(self) -> str: ...
    @property
    def timeline_id(self) -> str: ...

    def disconnect(self, code: int, reason: str) -> None:
        """End the connection with this close code. Called on the event loop."""


class Person(Follower, Protocol):
    """A connection that also gets the personal stream of its person."""

    def send_personal(self, frame: bytes) -> None:
        """JSON text."""


class Subscription:
    """One timeline with its feed and its followers in this process."""

    def __init__(self, feed: Feed, fanout: Fanout) -> None:
        self.feed = feed
        self.fanout = fanout
        self.users = 0  # followers, and requests that have it open
        self.viewers = 0  # without staff at work
        self.counted: tuple[int, bool] | None = None  # the count that was sent last
        self.count_due = 0.0  # monotonic
        self.spread_sent_ms = SPREAD_MS_MIN  # at least this was sent to everyone here

    @property
    def spread_ms(self) -> int:
        """Return the time over which all followers come back when they were lost together."""
        return max(SPREAD_MS_MIN, self.users // 2)


class Hub:
    """The followers of each timeline. The bus's callbacks, `disconnect` and `disconnect_viewers`
    may be called on any thread; all other methods belong to the event loop."""

    def __init__(
        self, store: LogStore, bus: Bus, ticker: Ticker, snapshots: Snapshots, *,
        thin: Thin | None = None, counter: presence.PresenceCounter = presence.counter,
        limits: HubLimits | None = None,
    ) -> None:  # fmt: skip
        """`thin`: what of a tick the public is shown. `counter`: where viewers are counted."""
        self._store = store
        self._bus = bus
        self._ticker = ticker
        self._snapshots = snapshots
        self._thin = thin
        self._counter = counter
        self._limits = limits or HubLimits()
        self._subscriptions: dict[str, Subscription] = {}
        self._opening = SingleFlight[str, Subscription]()
        self._followers: dict[Follower, None] = {}
        self._people: dict[str, Person | list[Person]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        # called once a second with the monotonic time
        self.on_sweep: list[Callable[[float], None]] = []
        # Checks a person again, without waiting, when their connection is counted in;
        # AdmissionDenied.
        self.check_again: Callable[[Claims], None] = lambda claims: None
        self.on_person: Callable[[str, str], None] = lambda brand_id, subject: None
        # Told of redacted entries of a timeline, ascending.
        self.on_redacted: Callable[[str, Sequence[int]], None] = lambda timeline_id, seqs: None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._unsubscribe = self._bus.subscribe(self._woken)
        self._sweeper = asyncio.create_task(self._sweep_on(), name="hub-sweep")

    def stop(self) -> None:
        self._unsubscribe()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for subscription in self._subscriptions.values():
            subscription.feed.stop()
            subscription.fanout.stop()

    @property
    def viewers(self) -> int:
        """Return how many viewers' connections there are, of every kind and timeline, without staff
        at work."""
        return sum(subscription.viewers for subscription in self._subscriptions.values())

    @asynccontextmanager
    async def following(self, timeline_id: str) -> AsyncIterator[Feed]:
        """Give the timeline's feed and keep it open meanwhile; NoTimeline."""
        subscription = await self._open(timeline_id)
        try:
            yield subscription.feed
        finally:
            self._close_later(subscription)

    @contextmanager
    def registered(self, follower: Follower, *, viewer: bool = False) -> Iterator[None]:
        """Keep a follower registered, so that it is disconnected when it must be. Its timeline is
        open here. `viewer`: count it as one."""
        subscription = self._subscriptions[follower.timeline_id]
        self.check_again(follower.claims)
        self._followers[follower] = None
        if viewer:
            self._count_viewer(subscription, follower, 1)
        try:
            yield
        finally:
            self._followers.pop(follower, None)
            if viewer:
                self._count_viewer(subscription, follower, -1)

    @contextmanager
    def receiving_personal(self, person: Person) -> Iterator[None]:
        """Send the personal stream of its person to this connection meanwhile."""
        self._add_person(person)
        try:
            yield
        finally:
            self._drop_person(person)

    async def join(self, follower: Person) -> Subscription:
        """Count a connection in; NoTimeline, or AdmissionDenied when it may not join any more.
        `leave` must be called afterwards."""
        subscription = await self._open(follower.timeline_id)
        try:
            self.check_again(follower.claims)  # a ban may have come while the feed was opened
        except AdmissionDenied:
            self._close_later(subscription)
            raise
        self._followers[follower] = None
        self._add_person(follower)
        if not follower.claims.is_staff:
            self._count_viewer(subscription, follower, 1)
        return subscription

    def leave(self, subscription: Subscription, follower: Person) -> None:
        if follower not in self._followers:
            return
        del self._followers[follower]
        self._drop_person(follower)
        if not follower.claims.is_staff:
            self._count_viewer(subscription, follower, -1)
        self._close_later(subscription)

    def of_person(self, brand_id: str, subject: str) -> list[Person]:
        """Return the person's connections to this process."""
        found = self._people.get(subject)
        if found is None:
            return []
        followers = found if isinstance(found, list) else [found]
        return [follower for follower in followers if follower.brand_id == brand_id]

    def people(self) -> Iterator[Person]:
        """Iterate over the connections of all persons with a name or a guest id."""
        for found in self._people.values():
            yield from found if isinstance(found, list) else (found,)

    def disconnect(self, covers: Covers, code: int, reason: str) -> None:
        """End the open connections of everyone whom `covers` names. Any thread may call it."""

        def about(follower: Follower) -> bool:
            return covers(follower.brand_id, follower.claims.sub, follower.claims.network)

        self._soon(about, code, reason)

    def disconnect_viewers(self, timeline_id: str, code: int, reason: str) -> None:
        """End all open connections to this timeline but those of staff. Any thread may call it."""

        def about(follower: Follower) -> bool:
            return follower.timeline_id == timeline_id and not follower.claims.is_staff

        self._soon(about, code, reason)

    def counted(self, timeline_id: str) -> tuple[int, bool] | None:
        """Return the viewer count that was sent last, and whether it is exact."""
        subscription = self._subscriptions.get(timeline_id)
        return subscription.counted if subscription is not None else None

    def spread_ms(self, timeline_id: str) -> int:
        """Over how long all its followers should come back when they were lost together."""
        subscription = self._subscriptions.get(timeline_id)
        return subscription.spread_ms if subscription is not None else SPREAD_MS_MIN

    def _soon(self, about: Callable[[Follower], bool], code: int, reason: str) -> None:
        assert self._loop is not None, "the hub has not started"
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._disconnect, about, code, reason)

    def _disconnect(self, about: Callable[[Follower], bool], code: int, reason: str) -> None:
        for follower in [follower for follower in self._followers if about(follower)]:
            follower.disconnect(code, reason)

    def _count_viewer(self, subscription: Subscription, follower: Follower, change: int) -> None:
        person = presence.person_hash(follower.claims.sub, id(follower))
        count = self._counter.join if change > 0 else self._counter.leave
        count(subscription.feed.timeline_id, person)
        subscription.viewers += change

    def _add_person(self, follower: Person) -> None:
        subject = follower.claims.sub
        if is_nameless(subject):
            return
        found = self._people.get(subject)
        if found is None:
            self._people[subject] = follower
        elif isinstance(found, list):
            found.append(follower)
        else:
            self._people[subject] = [found, follower]

    def _drop_person(self, follower: Person) -> None:
        subject = follower.claims.sub
        found = self._people.get(subject)
        if isinstance(found, list) and len(found) > 1:
            found.remove(follower)
        else:
            self._people.pop(subject, None)

    async def _open(self, timeline_id: str) -> Subscription:
        subscription = self._subscriptions.get(timeline_id)
        if subscription is None:
            subscription = await self._opening.run(timeline_id, lambda: self._make(timeline_id))
        subscription.users += 1
        return subscription

    async def _make(self, timeline_id: str) -> Subscription:
        feed = Feed(timeline_id, self._store, self._ticker, self._thin, limits=self._limits.feed)
        await feed.start()
        feed.on_redacted.append(partial(self._taken_back, timeline_id))
        self._subscriptions[timeline_id] = subscription = Subscription(
            feed, Fanout(feed, self._snapshots, self._limits.fanout)
        )
        return subscription

    def _taken_back(self, timeline_id: str, seqs: Sequence[int]) -> None:
        self.on_redacted(timeline_id, seqs)

    def _close_later(self, subscription: Subscription) -> None:
        subscription.users -= 1
        if subscription.users == 0 and self._loop is not None:
            self._loop.call_later(IDLE_CLOSE_S, self._close_idle, subscription)

    def _close_idle(self, subscription: Subscription) -> None:
        if (
            subscription.users == 0
            and self._subscriptions.get(subscription.feed.timeline_id) is subscription
        ):
            subscription.feed.stop()
            subscription.fanout.stop()
            del self._subscriptions[subscription.feed.timeline_id]

    def _woken(self, wake: Wake) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, wake)

    def _wake(self, wake: Wake) -> None:
        if wake.person:
            if wake.person in self._people:
                self.on_person(wake.brand_id, wake.person)
            return
        subscription = self._subscriptions.get(wake.timeline_id)
        if subscription is None:
            return
        if wake.redacted:
            subscription.feed.redact(wake.redacted)
        subscription.feed.wake()

    async def _sweep_on(self) -> None:
        while True:
            await asyncio.sleep(self._limits.sweep_every_s)
            try:
                self._sweep(time.monotonic())
            except Exception:  # one connection of thousands must not end the sweep for all
                log.exception("sweep_failed")

    def _sweep(self, now: float) -> None:
        for call in self.on_sweep:
            call(now)
        for subscription in list(self._subscriptions.values()):
            subscription.fanout.sweep(now)
            self._send_count(subscription, now)
            self._send_spread(subscription)
        self._bound_memory()

    def _bound_memory(self) -> None:
        """Hold the memory of all rings below the bound: close idle feeds, then shrink the largest
        rings."""
        everything = list(self._subscriptions.values())
        if sum(one.feed.ring.bytes for one in everything) <= self._limits.rings_bytes_max:
            return
        for subscription in everything:
            self._close_idle(subscription)
        rings = [one.feed.ring for one in self._subscriptions.values()]
        most = level([ring.bytes for ring in rings], self._limits.rings_bytes)
        for ring in rings:
            ring.shrink(most)

    def _send_count(self, subscription: Subscription, now: float) -> None:
        seen = self._counter.read(subscription.feed.timeline_id)
        count = (seen.viewers, seen.exact)
        if count == subscription.counted or now < subscription.count_due:
            return
        subscription.counted, subscription.count_due = count, now + COUNT_EVERY_S
        subscription.fanout.count_frame = count_frame(*count)
        subscription.fanout.broadcast(subscription.fanout.count_frame)

    def _send_spread(self, subscription: Subscription) -> None:
        """Send everyone a longer time for coming back when the followers have doubled: those who
        came early were told a short one."""
        if subscription.spread_ms >= 2 * subscription.spread_sent_ms:
            subscription.spread_sent_ms = subscription.spread_ms
            subscription.fanout.broadcast(
                websocket_frames.text(b'{"type":"retry","within_ms":%d}' % subscription.spread_ms)
            )
        elif 2 * subscription.spread_ms <= subscription.spread_sent_ms:
            subscription.spread_sent_ms = subscription.spread_ms  # new followers get this value


def level(sizes: Sequence[int], total: int) -> int:
    """Return the size to which larger ones must shrink so that all together are `total`."""
    room, left = total, len(sizes)
    for size in sorted(sizes):
        if size * left > room:
            return room // left
        room, left = room - size, left - 1
    return max(sizes, default=0)


def is_nameless(subject: str) -> bool:
    """Return whether a token's `sub` names no one: a guest without a token."""
    return Subject.parse(subject).is_nameless


def count_frame(count: int, exact: bool) -> bytes:
    text = {"type": "count", "count": count, "exact": exact}
    return websocket_frames.text(json.dumps(text, separators=(",", ":")).encode())
