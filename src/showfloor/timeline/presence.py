"""The count of viewers over all processes.

A person counts once, however many tabs they have; a nameless guest counts once per connection. Each
process sends its viewers to the others: as hashes while they are few, otherwise as a sketch
(HyperLogLog). So the count is exact while every process has few viewers, and an estimate (±2.3 %,
one standard error) when one has many; a single process counts exactly. A process that was silent
for 15 s counts as gone.
"""

import base64
import binascii
import hashlib
import math
import secrets
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, override

from showfloor.accounts.subjects import Subject

EXACT_MAX: Final = 500  # persons of one process that are sent as hashes
SILENT_S: Final = 15.0
MERGED_EVERY_S: Final = 1.0
TIMELINES_MAX: Final = 5000  # of other processes
_BITS: Final = 11
REGISTERS: Final = 1 << _BITS
_RANK_MAX: Final = 64 - _BITS + 1
_PROCESS: Final = secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Presence:
    """Viewers now, and their peak since this process knows the show. `exact`: whether
    `viewers` is a count, else an estimate."""

    viewers: int = 0
    peak: int = 0
    exact: bool = True


def person_hash(subject: str, connection: int) -> int:
    """Return 64 bits that stand for a person (a token's `sub`), or for one connection of this
    process where no person is named."""
    is_nameless = Subject.parse(subject).is_nameless
    who = f"{_PROCESS}/{connection}" if is_nameless else subject
    return int.from_bytes(hashlib.blake2b(who.encode(), digest_size=8).digest())


class Sketch:
    """A count of distinct hashes in 2 KB: HyperLogLog with 2048 registers of a byte."""

    __slots__ = ("_registers",)

    def __init__(self, registers: bytes = bytes(REGISTERS)) -> None:
        assert len(registers) == REGISTERS, "a sketch of another size"
        self._registers = registers

    @classmethod
    def of(cls, hashes: Iterable[int]) -> Self:
        registers = bytearray(REGISTERS)
        for value in hashes:
            place = value >> (64 - _BITS)
            rank = _RANK_MAX - (value & ((1 << (64 - _BITS)) - 1)).bit_length()
            if rank > registers[place]:
                registers[place] = rank
        return cls(bytes(registers))

    def __or__(self, other: "Sketch") -> "Sketch":
        """Return the union: the same sketch as if all hashes had been added to one."""
        return Sketch(bytes(map(max, self._registers, other._registers)))

    def estimate(self) -> float:
        """Ertl's estimator (arXiv 1702.01284, algorithm 6): without bias at any size."""
        counts = [0] * (_RANK_MAX + 1)
        for rank in self._registers:
            counts[rank] += 1
        if counts[0] == REGISTERS:
            return 0.0
        z = REGISTERS * _tau(1 - counts[_RANK_MAX] / REGISTERS)
        for rank in range(_RANK_MAX - 1, 0, -1):
            z = 0.5 * (z + counts[rank])
        z += REGISTERS * _sigma(counts[0] / REGISTERS)
        # The bound is for a sketch that was not made from hashes: it has no free register.
        return REGISTERS * REGISTERS / (2 * math.log(2) * max(z, 1e-6))

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and self._registers == other._registers

    @override
    def __hash__(self) -> int:
        return hash(self._registers)

    def to_text(self) -> str:
        return base64.b64encode(self._registers).decode()

    @classmethod
    def from_text(cls, text: str) -> Self:
        """ValueError for what is none."""
        registers = _decoded(text)
        if len(registers) != REGISTERS or max(registers) > _RANK_MAX:
            raise ValueError("not a sketch")
        return cls(registers)


@dataclass(frozen=True, slots=True)
class LocalPresence:
    """The viewers of one process at a timeline: their hashes, or a sketch when they are many."""

    persons: frozenset[int] | None
    sketch: Sketch | None = None

    @classmethod
    def of(cls, persons: Iterable[int]) -> Self:
        known = frozenset(persons)
        return cls(known) if len(known) <= EXACT_MAX else cls(None, Sketch.of(known))

    @property
    def is_empty(self) -> bool:
        return self.persons is not None and not self.persons

    def to_json(self) -> dict[str, Any]:
        if self.persons is None:
            assert self.sketch is not None, "a part has persons or a sketch"
            return {"sketch": self.sketch.to_text()}
        packed = struct.pack(f">{len(self.persons)}Q", *sorted(self.persons))
        return {"persons": base64.b64encode(packed).decode()}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """ValueError for what is none."""
        if "sketch" in body:
            return cls(None, Sketch.from_text(body["sketch"]))
        packed = _decoded(body.get("persons"))
        if len(packed) % 8 or len(packed) > EXACT_MAX * 8:
            raise ValueError("not a list of persons")
        return cls(frozenset(struct.unpack(f">{len(packed) // 8}Q", packed)))


def merged(shares: Iterable[LocalPresence]) -> tuple[int, bool]:
    """Return how many persons are in any of these, and whether that is exact."""
    persons, sketch = set[int](), Sketch()
    exact = True
    for share in shares:
        if share.persons is not None:
            persons |= share.persons
        if share.sketch is not None:
            exact = False
            sketch |= share.sketch
    if exact:
        return len(persons), True
    return rounded((sketch | Sketch.of(persons)).estimate()), False


def rounded(estimate: float) -> int:
    """Round an estimate to the figures that it can give: three, or two from 50… on."""
    if estimate < 1:
        return 0
    size = math.floor(math.log10(estimate))
    figures = 2 if estimate >= 5 * 10**size else 3
    step: int = 10 ** max(0, size + 1 - figures)
    return round(estimate / step) * step


class _TimelinePresence:
    """The viewers of one timeline in this process: the number of connections of each person."""

    __slots__ = ("changes", "connections", "peak")

    def __init__(self) -> None:
        self.connections: dict[int, int] = {}
        self.changes = 0
        self.peak = 0


class PresenceCounter:
    """The viewers of each timeline, as this process knows them. Any thread; joining and leaving
    cost the same however many viewers there are."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, timelines_max: int = TIMELINES_MAX
    ) -> None:
        """`timelines_max`: of other processes."""
        self._timelines_max = timelines_max
        self._clock = clock
        self._lock = threading.Lock()
        self._timelines: dict[str, _TimelinePresence] = {}
        # By timeline and process: when it was heard, and its viewers.
        self._others: dict[str, dict[str, tuple[float, LocalPresence]]] = {}
        self._merged: dict[str, tuple[float, int, bool]] = {}

    def join(self, timeline_id: str, person: int) -> None:
        """Count one more connection of a person (`person_hash`)."""
        with self._lock:
            crowd = self._timelines.setdefault(timeline_id, _TimelinePresence())
            before = crowd.connections.get(person, 0)
            crowd.connections[person] = before + 1
            if not before:
                crowd.changes += 1
                if timeline_id not in self._others:
                    crowd.peak = max(crowd.peak, len(crowd.connections))

    def leave(self, timeline_id: str, person: int) -> None:
        with self._lock:
            crowd = self._timelines[timeline_id]
            left = crowd.connections[person] - 1
            if left:
                crowd.connections[person] = left
            else:
                del crowd.connections[person]
                crowd.changes += 1

    def read(self, timeline_id: str) -> Presence:
        """Return the viewers over all processes, at most a second old where there are several."""
        with self._lock:
            return self._read(timeline_id)

    def snapshot(self) -> dict[str, Presence]:
        """Return every timeline that had viewers since this process started."""
        with self._lock:
            return {
                timeline: self._read(timeline) for timeline in {*self._timelines, *self._others}
            }

    def changes(self) -> dict[str, int]:
        """Return a number for each timeline that changes with its viewers in this process."""
        with self._lock:
            return {timeline: crowd.changes for timeline, crowd in self._timelines.items()}

    def own(self, timeline_id: str) -> LocalPresence:
        """Return this process's viewers of a timeline, for the other processes."""
        with self._lock:
            crowd = self._timelines.get(timeline_id)
            persons = frozenset(crowd.connections) if crowd is not None else frozenset[int]()
        return LocalPresence.of(persons)

    def hear(self, process: str, timeline_id: str, share: LocalPresence) -> None:
        """Take in the viewers of another process."""
        with self._lock:
            others = self._others.get(timeline_id)
            if others is None:
                if len(self._others) >= self._timelines_max:
                    return
                others = self._others[timeline_id] = {}
                self._timelines.setdefault(timeline_id, _TimelinePresence())  # keeps the peak
            if share.is_empty:
                others.pop(process, None)
            else:
                others[process] = (self._clock(), share)

    def _read(self, timeline_id: str) -> Presence:
        crowd = self._timelines.get(timeline_id)
        if crowd is None:
            return Presence()
        viewers, exact = len(crowd.connections), True
        if timeline_id in self._others:
            viewers, exact = self._merge(timeline_id, crowd)
            crowd.peak = max(crowd.peak, viewers)
        return Presence(viewers, crowd.peak, exact)

    def _merge(self, timeline_id: str, crowd: _TimelinePresence) -> tuple[int, bool]:
        now = self._clock()
        made_at, viewers, exact = self._merged.get(timeline_id, (-math.inf, 0, True))
        if now - made_at < MERGED_EVERY_S:
            return viewers, exact
        others = self._others[timeline_id]
        for process, (heard, _part) in list(others.items()):
            if now - heard > SILENT_S:
                del others[process]
        if others:
            own = LocalPresence.of(crowd.connections)
            viewers, exact = merged([own, *(share for _heard, share in others.values())])
            self._merged[timeline_id] = (now, viewers, exact)
        else:
            del self._others[timeline_id]
            self._merged.pop(timeline_id, None)
            viewers, exact = len(crowd.connections), True
        return viewers, exact


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    y, z = 1.0, x
    while True:
        x *= x
        before = z
        z += x * y
        y += y
        if z == before:
            return z


def _tau(x: float) -> float:
    if x in {0, 1}:
        return 0.0
    y, z = 1.0, 1 - x
    while True:
        x = math.sqrt(x)
        before = z
        y *= 0.5
        z -= (1 - x) ** 2 * y
        if z == before:
            return z / 3


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("not text")  # noqa: TRY004 - a wrong value from outside, like the others
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


counter = PresenceCounter()


def read(timeline_id: str) -> Presence:
    return counter.read(timeline_id)


def snapshot() -> dict[str, Presence]:
    return counter.snapshot()
