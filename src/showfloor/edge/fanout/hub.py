"""All feeds of this process: opened for the first follower, closed some time after the last.

For whoever follows by a task of its own (server-sent events, a blocking GET):

    async with hub.following(timeline_id) as feed:  # NoTimeline; see `edge.fanout.feed`
        with hub.seated(follower, viewer=True):     # counts, and is told when it must end
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
from showfloor.edge.fanout.broadcaster import Fanout
from showfloor.edge.fanout.feed import Feed
from showfloor.edge.ports import AdmissionDenied, LogStore, Snapshots, Ticker
from showfloor.edge.ticks.codec import Thin
from showfloor.edge.websocket import frames
from showfloor.kernel.single_flight import SingleFlight
from showfloor.timeline import presence
from showfloor.timeline.bus import Bus, Wake

log = logging.getLogger(__name__)

IDLE_CLOSE_S: Final = 60.0
COUNT_EVERY_S: Final = 5.0  # the viewer count goes out on change, at most this often
SWEEP_EVERY_S: Final = 1.0
SPREAD_MS_MIN: Final = 500
RINGS_BYTES_MAX: Final = 256 * 1024 * 1024  # of all timelines; they are cut down to RINGS_BYTES
RINGS_BYTES: Final = 192 * 1024 * 1024

# Whether something is about a viewer: brand id, a token's `sub`, the hash of the network.
type Covers = Callable[[str, str, str], bool]


class Follower(Protocol):
    """One connection of any kind."""

    @property
    def claims(self) -> Claims: ...
    @property
    def brand_id(self) -> str: ...
    @property
    def timeline_id(self) -> str: ...

    def cut(self, code: int, reason: str) -> None:
        """It must end, with this WebSocket close code. Called on the event loop."""


class Person(Follower, Protocol):
    """A connection that what is for its person alone can be sent to."""

    def tell(self, frame: bytes) -> None:
        """JSON text."""


class Line:
    """One timeline and all who follow it here."""

    def __init__(self, feed: Feed, fanout: Fanout) -> None:
        self.feed = feed
        self.fanout = fanout
        self.users = 0  # followers, and whoever else has it open
        self.viewers = 0  # staff at work are none
        self.counted: tuple[int, bool] | None = None  # what was said last
        self.count_due = 0.0  # monotonic
        self.spread_said_ms = SPREAD_MS_MIN  # what everyone here was told at least

    @property
    def spread_ms(self) -> int:
        """Over how long all its followers should come back when they were lost together."""
        return max(SPREAD_MS_MIN, self.users // 2)


class Hub:
    """Followers by timeline. All methods but the bus's callbacks, `cut` and `cut_viewers` belong
    to the event loop."""

    def __init__(
        self, store: LogStore, bus: Bus, ticker: Ticker, snapshots: Snapshots, *,
        thin: Thin | None = None, board: presence.Board = presence.board,
    ) -> None:  # fmt: skip
        """`thin`: what of a tick the public is shown. `board`: where viewers are counted."""
        self._store = store
        self._bus = bus
        self._ticker = ticker
        self._snapshots = snapshots
        self._thin = thin
        self._board = board
        self._lines: dict[str, Line] = {}
        self._opening = SingleFlight[str, Line]()
        self._followers: dict[Follower, None] = {}
        self._people: dict[str, Person | list[Person]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self.on_sweep: list[Callable[[float], None]] = []  # called once a second, monotonic time
        # Asked again, without waiting, when someone who was let in has been counted in: Turned.
        self.check_again: Callable[[Claims], None] = lambda claims: None
        self.on_person: Callable[[str, str], None] = lambda brand_id, subject: None
        # These entries of a timeline, ascending, say something else from now on.
        self.on_redacted: Callable[[str, Sequence[int]], None] = lambda timeline_id, seqs: None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._unsubscribe = self._bus.subscribe(self._woken)
        self._sweeper = asyncio.create_task(self._sweep_on(), name="hub-sweep")

    def stop(self) -> None:
        self._unsubscribe()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for line in self._lines.values():
            line.feed.stop()
            line.fanout.stop()

    @property
    def viewers(self) -> int:
        """Viewers' connections of every kind and timeline: staff at work are none."""
        return sum(line.viewers for line in self._lines.values())

    @asynccontextmanager
    async def following(self, timeline_id: str) -> AsyncIterator[Feed]:
        """The timeline's feed, kept open meanwhile; NoTimeline."""
        line = await self._open(timeline_id)
        try:
            yield line.feed
        finally:
            self._close_later(line)

    @contextmanager
    def seated(self, follower: Follower, *, viewer: bool = False) -> Iterator[None]:
        """Have the follower of a timeline that is open here cut off when it must be. `viewer`:
        count it as one."""
        line = self._lines[follower.timeline_id]
        self.check_again(follower.claims)
        self._followers[follower] = None
        if viewer:
            self._count_viewer(line, follower, 1)
        try:
            yield
        finally:
            self._followers.pop(follower, None)
            if viewer:
                self._count_viewer(line, follower, -1)

    @contextmanager
    def told(self, person: Person) -> Iterator[None]:
        """Have what is for its person alone sent to it meanwhile, too."""
        self._add_person(person)
        try:
            yield
        finally:
            self._drop_person(person)

    async def join(self, follower: Person) -> Line:
        """Count someone in; NoTimeline, or Turned when they may not come in any more. `leave` must
        be called afterwards."""
        line = await self._open(follower.timeline_id)
        try:
            self.check_again(follower.claims)  # they may have been sent out while it was opened
        except AdmissionDenied:
            self._close_later(line)
            raise
        self._followers[follower] = None
        self._add_person(follower)
        if not follower.claims.is_staff:
            self._count_viewer(line, follower, 1)
        return line

    def leave(self, line: Line, follower: Person) -> None:
        if follower not in self._followers:
            return
        del self._followers[follower]
        self._drop_person(follower)
        if not follower.claims.is_staff:
            self._count_viewer(line, follower, -1)
        self._close_later(line)

    def of_person(self, brand_id: str, subject: str) -> list[Person]:
        """The person's connections to this process."""
        found = self._people.get(subject)
        if found is None:
            return []
        followers = found if isinstance(found, list) else [found]
        return [follower for follower in followers if follower.brand_id == brand_id]

    def persons(self) -> Iterator[Person]:
        """Everyone's connections of whom it is known who they are."""
        for found in self._people.values():
            yield from found if isinstance(found, list) else (found,)

    def tell_person(self, brand_id: str, subject: str, frame: bytes) -> None:
        """Send JSON text to all of a person's connections."""
        for follower in self.of_person(brand_id, subject):
            follower.tell(frame)

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

    def counted(self, timeline_id: str) -> tuple[int, bool] | None:
        """The viewers as they were said last, and whether that is exact."""
        line = self._lines.get(timeline_id)
        return line.counted if line is not None else None

    def spread_ms(self, timeline_id: str) -> int:
        """Over how long all its followers should come back when they were lost together."""
        line = self._lines.get(timeline_id)
        return line.spread_ms if line is not None else SPREAD_MS_MIN

    def _soon(self, about: Callable[[Follower], bool], code: int, reason: str) -> None:
        assert self._loop is not None, "the hub has not started"
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cut, about, code, reason)

    def _cut(self, about: Callable[[Follower], bool], code: int, reason: str) -> None:
        for follower in [follower for follower in self._followers if about(follower)]:
            follower.cut(code, reason)

    def _count_viewer(self, line: Line, follower: Follower, change: int) -> None:
        person = presence.person_hash(follower.claims.sub, id(follower))
        count = self._board.join if change > 0 else self._board.leave
        count(line.feed.timeline_id, person)
        line.viewers += change

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

    async def _open(self, timeline_id: str) -> Line:
        line = self._lines.get(timeline_id)
        if line is None:
            line = await self._opening.run(timeline_id, lambda: self._make(timeline_id))
        line.users += 1
        return line

    async def _make(self, timeline_id: str) -> Line:
        feed = Feed(timeline_id, self._store, self._ticker, self._thin)
        await feed.start()
        feed.on_redacted.append(partial(self._taken_back, timeline_id))
        self._lines[timeline_id] = line = Line(feed, Fanout(feed, self._snapshots))
        return line

    def _taken_back(self, timeline_id: str, seqs: Sequence[int]) -> None:
        self.on_redacted(timeline_id, seqs)

    def _close_later(self, line: Line) -> None:
        line.users -= 1
        if line.users == 0 and self._loop is not None:
            self._loop.call_later(IDLE_CLOSE_S, self._close_idle, line)

    def _close_idle(self, line: Line) -> None:
        if line.users == 0 and self._lines.get(line.feed.timeline_id) is line:
            line.feed.stop()
            line.fanout.stop()
            del self._lines[line.feed.timeline_id]

    def _woken(self, wake: Wake) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, wake)

    def _wake(self, wake: Wake) -> None:
        if wake.person:
            if wake.person in self._people:
                self.on_person(wake.brand_id, wake.person)
            return
        line = self._lines.get(wake.timeline_id)
        if line is None:
            return
        if wake.redacted:
            line.feed.redact(wake.redacted)
        line.feed.wake()

    async def _sweep_on(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                self._sweep(time.monotonic())
            except Exception:  # one of many thousands must not end the sweeping for all
                log.exception("sweep_failed")

    def _sweep(self, now: float) -> None:
        for call in self.on_sweep:
            call(now)
        for line in list(self._lines.values()):
            line.fanout.sweep(now)
            self._say_count(line, now)
            self._say_spread(line)
        self._bound_memory()

    def _bound_memory(self) -> None:
        """Beyond the bound nothing is kept for who has gone, and the largest rings shrink."""
        if sum(line.feed.ring.bytes for line in self._lines.values()) <= RINGS_BYTES_MAX:
            return
        for line in [line for line in self._lines.values() if line.users == 0]:
            self._close_idle(line)
        rings = [line.feed.ring for line in self._lines.values()]
        most = level([ring.bytes for ring in rings], RINGS_BYTES)
        for ring in rings:
            ring.shrink(most)

    def _say_count(self, line: Line, now: float) -> None:
        seen = self._board.read(line.feed.timeline_id)
        count = (seen.viewers, seen.exact)
        if count == line.counted or now < line.count_due:
            return
        line.counted, line.count_due = count, now + COUNT_EVERY_S
        line.fanout.count_frame = count_frame(*count)
        line.fanout.say(line.fanout.count_frame)

    def _say_spread(self, line: Line) -> None:
        """Who came when there were few was told to come back within a moment; when there are twice
        as many, everyone is told anew."""
        if line.spread_ms >= 2 * line.spread_said_ms:
            line.spread_said_ms = line.spread_ms
            line.fanout.say(frames.text(b'{"type":"retry","within_ms":%d}' % line.spread_ms))
        elif 2 * line.spread_ms <= line.spread_said_ms:
            line.spread_said_ms = line.spread_ms  # as those who come from now on are told


def level(sizes: Sequence[int], total: int) -> int:
    """The size down to which those above it are cut so that all together are `total`."""
    room, left = total, len(sizes)
    for size in sorted(sizes):
        if size * left > room:
            return room // left
        room, left = room - size, left - 1
    return max(sizes, default=0)


def is_nameless(subject: str) -> bool:
    """Whether a token's `sub` is nobody's in particular: a guest who sent no token."""
    return Subject.parse(subject).is_nameless


def count_frame(count: int, exact: bool) -> bytes:
    text = {"type": "count", "count": count, "exact": exact}
    return frames.text(json.dumps(text, separators=(",", ":")).encode())
