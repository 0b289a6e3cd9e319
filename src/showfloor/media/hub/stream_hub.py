"""The hub of one channel: sources come in, one of them is on air, and readers take it out.

Each reader has its own bounded queue, its own task and its own failure, so a slow or broken reader
never touches another. The first source is on air at once. Another source stands by: it goes on air
when it is selected, or when the source on air has left. Its latest group of pictures is kept for
that, so that nobody waits for its next key frame. All of this happens on one event loop, and
nothing here waits for a reader but `drain` and `leave`.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from showfloor.kernel.clock import Clock, utc_now
from showfloor.media.hub.events import (
    FullPolicy,
    HubEvent,
    HubReader,
    ReaderLimits,
    SourceEnded,
    SourceJoined,
    is_key_frame,
)
from showfloor.media.hub.latest_group import LatestGroup
from showfloor.media.hub.reader_task import ReaderTask
from showfloor.media.packets import (
    AudioTrack,
    MediaPacket,
    SourceClaims,
    SourceItem,
    TrackKind,
    VideoTrack,
)

log = logging.getLogger(__name__)


class QueueFull(Exception):
    """The source gave more than can be kept, and did not wait when it was asked to."""


class HubSource:
    """One source's way into the hub."""

    def __init__(self, hub: "StreamHub", joined: SourceJoined) -> None:
        self.joined = joined
        self.group = LatestGroup()  # of a source that stands by
        self._hub = hub
        self._claims: SourceClaims | None = None
        self._tracks: dict[tuple[TrackKind, int], VideoTrack | AudioTrack] = {}

    @property
    def is_on_air(self) -> bool:
        return self._hub.on_air is self

    @property
    def told(self) -> Sequence[HubEvent]:
        """What a reader has to know before the source's next packet."""
        claims = (self._claims,) if self._claims is not None else ()
        return (*claims, *self._tracks.values())

    def write(self, item: SourceItem) -> None:
        """Give the next item without blocking; QueueFull if it cannot be kept."""
        match item:
            case MediaPacket():
                pass
            case SourceClaims():
                self._claims = item
            case VideoTrack() | AudioTrack():
                place = item.kind, item.number if isinstance(item, VideoTrack) else 0
                if self._tracks.get(place) != item:
                    self.group.clear()  # it is decoded otherwise
                self._tracks[place] = item
        self._hub.write(self, item)

    async def drain(self) -> None:
        """Wait until there is room again."""
        if self.is_on_air:
            await self._hub.room()

    async def leave(self, *, drop: bool = False) -> None:
        """Leave, and wait until HOLD readers have taken all; `drop` what they have not taken."""
        await self._hub.leave(self, drop=drop)


class StreamHub:
    """The hub of one channel. It is made and used on one event loop."""

    def __init__(self, name: str, clock: Clock = utc_now) -> None:
        self.on_air: HubSource | None = None
        self.name = name
        self._clock = clock
        self._sources: list[HubSource] = []
        self._next: HubSource | None = None  # on air with its next key frame
        self._readers: list[ReaderTask] = []
        self._count = 0

    @property
    def sources(self) -> Sequence[HubSource]:
        return tuple(self._sources)

    @property
    def readers(self) -> Sequence[ReaderTask]:
        return tuple(self._readers)

    def attach_source(self, name: str) -> HubSource:
        """Add a source; it is on air at once if it is the only one."""
        self._count += 1
        source = HubSource(self, SourceJoined(name, self._count))
        self._sources.append(source)
        if len(self._sources) == 1:
            self._put_on_air(source)
        return source

    def attach_reader(self, name: str, reader: HubReader, limits: ReaderLimits) -> ReaderTask:
        """Add a reader; it begins with the source on air, and with that source's next key frame."""
        attached = ReaderTask(f"{self.name}/{name}", reader, limits, self._readers.remove)
        self._readers.append(attached)
        if self.on_air is not None:
            attached.put_anew(self.on_air.joined, self.on_air.told, self._clock())
        return attached

    def select(self, source: HubSource) -> None:
        """Put a source on air: at once if its latest group of pictures is there, else with its
        next key frame. The one before stays on air until then."""
        assert source in self._sources
        self._next = source if source is not self.on_air else None
        if self._next is not None and source.group.packets:
            self._put_on_air(source)

    def close(self) -> None:
        """End all readers when they have taken what waits; there shall be no source any more."""
        for reader in self.readers:
            reader.close()

    async def closed(self) -> None:
        await asyncio.gather(*(reader.closed() for reader in self.readers))

    # --- the sources' side ---

    def write(self, source: HubSource, item: SourceItem) -> None:
        if source is self._next and is_key_frame(item):
            self._put_on_air(source)
        if source is not self.on_air:
            if isinstance(item, MediaPacket):
                source.group.add(item, self._clock())
            return
        if any(r.is_full and r.limits.policy is FullPolicy.HOLD for r in self._readers):
            raise QueueFull
        self._give(item)

    async def room(self) -> None:
        for reader in self.readers:
            await reader.room()

    async def leave(self, source: HubSource, *, drop: bool) -> None:
        self._sources.remove(source)
        if self._next is source:
            self._next = None
        if self.on_air is not source:
            self._choose_next()
            return
        holding = [r for r in self.readers if r.limits.policy is FullPolicy.HOLD]
        for reader in holding if drop else ():
            reader.drop_waiting()
            reader.put_anew(source.joined, (), self._clock())
        heir = self._ready_source()
        if heir is not None:
            self._put_on_air(heir)
        else:
            self.on_air = None
            self._give(SourceEnded(source.joined.name, source.joined.number))
            self._choose_next()
        for reader in holding:
            await reader.caught_up()

    def _ready_source(self) -> HubSource | None:
        """Return a source that can follow at once: the selected one before the others."""
        ready = [one for one in self._sources if one.group.packets]
        return next(iter(sorted(ready, key=lambda one: one is not self._next)), None)

    def _choose_next(self) -> None:
        """Let a source that stands by follow where none is on air."""
        if self.on_air is None and self._next is None and self._sources:
            self._next = self._sources[0]

    def _put_on_air(self, source: HubSource) -> None:
        before, self.on_air, self._next = self.on_air, None, None
        if before is not None:
            ended = SourceEnded(before.joined.name, before.joined.number, is_followed=True)
            self._give(ended)
        self.on_air = source
        earlier = source.group.packets
        source.group.clear()
        log.info(
            "source_on_air hub=%s source=%s earlier=%d", self.name, source.joined.name,
            len(earlier),
        )  # fmt: skip
        for reader in self.readers:
            counted = sum(reader.is_for(packet) for packet, _ in earlier)
            self._hand(reader, replace(source.joined, earlier=counted), self._clock())
        for event in source.told:
            self._give(event)
        for packet, at in earlier:
            self._give(packet, at)

    def _give(self, event: HubEvent, at: datetime | None = None) -> None:
        at = at or self._clock()
        for reader in self._readers:
            self._hand(reader, event, at)

    def _hand(self, reader: ReaderTask, event: HubEvent, at: datetime) -> None:
        if not reader.put(event, at):
            current = self.on_air.joined if self.on_air is not None else None
            told = self.on_air.told if self.on_air is not None else ()
            reader.put_anew(current, told, at)
