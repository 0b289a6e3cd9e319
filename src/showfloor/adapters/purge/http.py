"""Purges by HTTP: `PURGE <path>` to every cache in front, as Varnish takes it.

Nobody waits for it: a purge is noted, and one task per cache works the notes off. A cache that does
not answer is asked again, ever more slowly, for an hour; then what it may still say is an alarm in
the log. Each path is purged more than once, because an answer that left the origin before the
redaction may reach the cache after the first purge. What is noted is lost with the process: whoever
asks keeps a list of its own, until the `Batch` says that it is done.
"""

import asyncio
import logging
import ssl
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

_DONE: Final = frozenset({200, 204, 404})  # 404: it had nothing of it
_HEAD_BYTES_MAX: Final = 8192


@dataclass(frozen=True, slots=True)
class PurgeLimits:
    """Times in seconds. `again_s`: when a path is purged once more after it was."""

    timeout_s: float = 5.0
    again_s: tuple[float, ...] = (2.0, 15.0)
    backoff_s: float = 0.5  # doubled at each failure
    backoff_s_max: float = 60.0
    give_up_after_s: float = 3600.0
    pending_max: int = 20_000  # paths for one cache


@dataclass(slots=True)
class Batch:
    """Paths that were noted together."""

    left: int  # how often one of them is still to be worked off, by some cache

    @property
    def is_done(self) -> bool:
        """Every cache was told of every path as often as is needed, or was given up with an
        alarm, or has a later batch with the same path."""
        return self.left == 0


@dataclass(slots=True)
class _Note:
    """One path that a cache is to forget."""

    batch: Batch
    due: float
    since: float
    rounds: int = 0  # purged so often


class HttpPurge:
    """Purges at the caches of these addresses (`http://cache:6081`); none: nothing to do."""

    def __init__(self, caches: Sequence[str], host: str, limits: PurgeLimits | None = None) -> None:
        """`host`: the public host name, which caches keep answers under."""
        chosen = limits or PurgeLimits()
        self._lines = [_Line(address, host, chosen) for address in caches]

    def start(self) -> None:
        for line in self._lines:
            line.start()

    async def stop(self) -> None:
        """End; what is still noted is named in the log."""
        for line in self._lines:
            await line.stop()

    async def purge(self, paths: Sequence[str]) -> Batch | None:
        """Note these paths for every cache; returns at once. None: there is no room, and nothing
        was noted."""
        wanted = dict.fromkeys(paths)
        if not all(line.has_room(wanted) for line in self._lines):
            return None
        batch = Batch(len(wanted) * len(self._lines))
        for line in self._lines:
            line.note(wanted, batch)
        return batch

    @property
    def pending(self) -> int:
        """Paths that some cache has not been told of as often as is needed."""
        return sum(line.pending for line in self._lines)


@dataclass(slots=True, eq=False)
class _Line:
    """One cache, and what it is to forget."""

    address: str
    host: str
    limits: PurgeLimits
    _notes: dict[str, _Note] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None
    _failures: int = 0  # in a row
    _is_full: bool = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name=f"purge-{self.address}")

    async def stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self.pending:
            log.warning("purge_unfinished cache=%s paths=%d", self.address, self.pending)

    @property
    def pending(self) -> int:
        return len(self._notes)

    def has_room(self, paths: Collection[str]) -> bool:
        """Whether they can be noted: at most `pending_max`, or more where nothing else waits."""
        more = sum(path not in self._notes for path in paths)
        was_full = self._is_full
        self._is_full = bool(self._notes) and len(self._notes) + more > self.limits.pending_max
        if self._is_full and not was_full:
            log.error("purge_full cache=%s paths=%d: others wait", self.address, self.pending)
        return not self._is_full

    def note(self, paths: Iterable[str], batch: Batch) -> None:
        now = _now()
        for path in paths:
            assert path.startswith("/"), path
            assert path.isascii(), path
            assert path.isprintable(), path
            assert " " not in path, path
            self._forget(path)  # purged before or not: it begins anew, at the end
            self._notes[path] = _Note(batch, now, now)
        self._woken.set()

    def _forget(self, path: str) -> None:
        note = self._notes.pop(path, None)
        if note is not None:
            note.batch.left -= 1

    async def _work(self) -> None:
        while True:
            due = [(note.due, path) for path, note in self._notes.items()]
            wait_s = min(due)[0] - _now() if due else None
            if wait_s is None or wait_s > 0:
                self._woken.clear()
                try:
                    async with asyncio.timeout(wait_s):
                        await self._woken.wait()
                except TimeoutError:
                    pass
                continue
            for path in [path for at, path in due if at <= _now()]:
                await self._one(path)

    async def _one(self, path: str) -> None:
        note = self._notes[path]
        try:
            status = await self._request(path)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            await self._failed(path, note, repr(error))
            return
        if status not in _DONE:
            await self._failed(path, note, f"it answered {status}")
            return
        self._failures = 0
        if self._notes.get(path) is not note:
            return  # redacted once more meanwhile
        if note.rounds >= len(self.limits.again_s):
            self._forget(path)
            return
        note.due = _now() + self.limits.again_s[note.rounds]
        note.rounds += 1

    async def _failed(self, path: str, note: _Note, why: str) -> None:
        """Leave the cache alone for a while; it is asked about the same path again."""
        self._failures += 1
        if _now() - note.since > self.limits.give_up_after_s:
            log.error("purge_given_up cache=%s path=%s: %s", self.address, path, why)
            if self._notes.get(path) is note:
                self._forget(path)
            return
        log.warning("purge_failed cache=%s path=%s: %s", self.address, path, why)
        doublings = min(self._failures - 1, 16)
        await asyncio.sleep(min(self.limits.backoff_s * 2.0**doublings, self.limits.backoff_s_max))

    async def _request(self, path: str) -> int:
        """The status that the cache answers with; OSError, TimeoutError, ValueError."""
        cache = urlsplit(self.address)
        secure = ssl.create_default_context() if cache.scheme == "https" else None
        port = cache.port or (443 if secure else 80)
        async with asyncio.timeout(self.limits.timeout_s):
            reader, writer = await asyncio.open_connection(
                cache.hostname, port, ssl=secure, limit=_HEAD_BYTES_MAX
            )
            try:
                request = (
                    f"PURGE {path} HTTP/1.1\r\nHost: {self.host}\r\n"
                    "Connection: close\r\nContent-Length: 0\r\n\r\n"
                )
                writer.write(request.encode("ascii"))
                line = await reader.readline()
            finally:
                writer.close()
        version, _, rest = line.decode("latin-1").partition(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError(f"no HTTP: {line[:40]!r}")
        return int(rest[:3])


def _now() -> float:
    return asyncio.get_running_loop().time()
