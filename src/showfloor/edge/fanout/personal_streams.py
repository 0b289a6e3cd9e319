"""A person's own stream, sent to their open connections beside the timeline they follow."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Protocol

from showfloor.edge.fanout.hub import Hub, Person, is_nameless
from showfloor.edge.ports import PersonalStreamStore
from showfloor.kernel.json_text import json_bytes
from showfloor.kernel.single_flight import SingleFlight
from showfloor.timeline.log import Entry

log = logging.getLogger(__name__)

PAGE_MAX: Final = 200  # entries in one frame
READS_MAX: Final = 8  # people read for at once
LOOK_EVERY_S: Final = 15.0  # in case a wake-up was lost
_PAGES_MAX: Final = 50  # at one look


class PersonalFollower(Person, Protocol):
    """A connection that can follow the stream of its person."""

    personal_seq: int  # the last entry sent to it; -1: it does not follow


class PersonalStreams:
    """Sends personal streams. Belongs to the event loop. A person with three tabs costs one
    reading."""

    def __init__(self, hub: Hub, store: PersonalStreamStore) -> None:
        self._hub = hub
        self._store = store
        self._looking: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._again: set[tuple[str, str]] = set()
        self._turn = asyncio.Semaphore(READS_MAX)
        self._look_due = 0.0  # monotonic
        self._looking_over = SingleFlight[None, None]()
        hub.on_person = self.look
        hub.on_sweep.append(self._sweep)

    def follow(self, follower: PersonalFollower, after: int) -> None:
        """Send the stream from this position on, while the connection is registered with the
        hub."""
        if not is_nameless(follower.claims.sub):
            follower.personal_seq = after
            self.look(follower.brand_id, follower.claims.sub)

    def look(self, brand_id: str, subject: str) -> None:
        """Read new entries for this person."""
        person = (brand_id, subject)
        if person in self._looking:
            self._again.add(person)
        elif self._followers(person):
            self._looking[person] = asyncio.create_task(self._look(person))

    def _sweep(self, now: float) -> None:
        if now >= self._look_due:
            self._look_due = now + LOOK_EVERY_S
            _ = self._looking_over.begin(None, self._look_over)

    async def _look_over(self) -> None:
        told: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for person in self._hub.people():
            seq = getattr(person, "personal_seq", -1)
            if seq >= 0:
                brand, subject = told[person.brand_id], person.claims.sub
                brand[subject] = min(seq, brand.get(subject, seq))
        for brand_id, people in told.items():
            try:
                for subject in await self._store.ahead(brand_id, people):
                    self.look(brand_id, subject)
            except Exception:  # the next sweep looks again
                log.exception("private_streams_not_looked_over brand=%s", brand_id)

    def _followers(self, person: tuple[str, str]) -> Sequence[PersonalFollower]:
        return [
            follower  # type: ignore[misc]  # a connection with such a position is one
            for follower in self._hub.of_person(*person)
            if getattr(follower, "personal_seq", -1) >= 0
        ]

    async def _look(self, person: tuple[str, str]) -> None:
        try:
            async with self._turn:
                for _ in range(_PAGES_MAX):
                    self._again.discard(person)
                    if not await self._page(person) and person not in self._again:
                        break
        except Exception:  # the next entry or the next connection makes up for it
            log.exception("private_stream_failed")
        finally:
            self._looking.pop(person, None)
            self._again.discard(person)

    async def _page(self, person: tuple[str, str]) -> bool:
        """Read on from the connection that is furthest behind; return whether there was
        anything."""
        followers = self._followers(person)
        if not followers:
            return False
        after = min(follower.personal_seq for follower in followers)
        entries = await self._store.read(*person, after, PAGE_MAX)
        for follower in self._followers(person):
            new = [entry for entry in entries if entry.seq > follower.personal_seq]
            # A connection that came meanwhile from further back is served in the next round. A gap
            # in the numbers is no loss: a stream that was deleted, or restored from a backup, goes
            # on with higher ones.
            if new and follower.personal_seq >= after:
                follower.personal_seq = new[-1].seq
                follower.send_personal(_frame(new))
        return bool(entries)


def _frame(entries: Sequence[Entry]) -> bytes:
    frame = {
        "type": "private", "from": entries[0].seq, "to": entries[-1].seq,
        "entries": [entry.wire() for entry in entries],
    }  # fmt: skip
    return json_bytes(frame)
