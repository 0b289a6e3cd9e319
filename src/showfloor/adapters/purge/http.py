"""Purges by HTTP: `PURGE <path>` to every cache in front, as Varnish takes it.

A purge is queued, and one task per cache works the queue off, so that no caller waits. A cache that
does not answer is asked again, ever more slowly, for an hour; then an alarm in the log names the
path. Each path is purged more than once, because an answer that left the origin before the
redaction may reach the cache after the first purge. The queue is lost with the process: the caller
keeps a list of its own until the `Batch` says that it is done.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx

log = logging.getLogger(__name__)

_DONE: Final = frozenset({200, 204, 404})  # 404: the path was not cached


@dataclass(frozen=True, slots=True)
class PurgeLimits:
    """Times in seconds. `again_s`: the pauses after which a path is purged once more."""

    timeout_s: float = 5.0
    again_s: tuple[float, ...] = (2.0, 15.0)
    backoff_s: float = 0.5  # doubled at each failure
    backoff_s_max: float = 60.0
    give_up_after_s: float = 3600.0
    pending_max: int = 20_000  # paths for one cache


@dataclass(slots=True)
class Batch:
    """Paths that were queued together."""

    left: int  # purges still to be done, over all paths and caches

    @property
    def is_done(self) -> bool:
        """Return whether each cache has purged each path often enough, was given up with an alarm,
        or has a later batch with the same path."""
        return self.left == 0


@dataclass(slots=True)
class _Purge:
    """One path that a cache has to purge."""

    batch: Batch
    due: float
    since: float
    rounds: int = 0  # purges done


class HttpPurge:
    """Purges at the caches of these addresses (`http://cache:6081`); without any, does nothing."""

    def __init__(self, caches: Sequence[str], host: str, limits: PurgeLimits | None = None) -> None:
        """`host`: the public host name, under which caches keep answers."""
        chosen = limits or PurgeLimits()
        self._caches = [_Cache(address, host, chosen) for address in caches]

    def start(self) -> None:
        for cache in self._caches:
            cache.start()

    async def stop(self) -> None:
        """Stop; the log names how many paths are still queued."""
        for cache in self._caches:
            await cache.stop()

    async def purge(self, paths: Sequence[str]) -> Batch | None:
        """Queue these paths for every cache and return at once; None, with nothing queued, where
        there is no room."""
        wanted = dict.fromkeys(paths)
        if not all(cache.has_room(wanted) for cache in self._caches):
            return None
        batch = Batch(len(wanted) * len(self._caches))
        for cache in self._caches:
            cache.add(wanted, batch)
        return batch

    @property
    def pending(self) -> int:
        """Count the paths that some cache has not purged often enough."""
        return sum(cache.pending for cache in self._caches)


@dataclass(slots=True, eq=False)
class _Cache:
    """One cache and its queue of paths."""

    address: str
    host: str
    limits: PurgeLimits
    _queue: dict[str, _Purge] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _client: httpx.AsyncClient | None = None
    _task: "asyncio.Task[None] | None" = None
    _failures: int = 0  # in a row
    _is_full: bool = False

    def start(self) -> None:
        # Proxies of the environment are for requests to the outside.
        self._client = httpx.AsyncClient(
            trust_env=False, timeout=self.limits.timeout_s, limits=httpx.Limits(max_connections=1)
        )
        self._task = asyncio.create_task(self._work(), name=f"purge-{self.address}")

    async def stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
        if self.pending:
            log.warning("purge_unfinished cache=%s paths=%d", self.address, self.pending)

    @property
    def pending(self) -> int:
        return len(self._queue)

    def has_room(self, paths: Collection[str]) -> bool:
        """Return whether these paths fit into the queue: `pending_max` in all, or any number if
        the queue is empty."""
        more = sum(path not in self._queue for path in paths)
        was_full = self._is_full
        self._is_full = bool(self._queue) and len(self._queue) + more > self.limits.pending_max
        if self._is_full and not was_full:
            log.error("purge_full cache=%s paths=%d: others wait", self.address, self.pending)
        return not self._is_full

    def add(self, paths: Iterable[str], batch: Batch) -> None:
        now = _now()
        for path in paths:
            assert path.startswith("/"), path
            assert path.isascii(), path
            assert path.isprintable(), path
            assert " " not in path, path
            self._forget(path)  # a path that is queued already starts again at the end
            self._queue[path] = _Purge(batch, now, now)
        self._woken.set()

    def _forget(self, path: str) -> None:
        purge = self._queue.pop(path, None)
        if purge is not None:
            purge.batch.left -= 1

    async def _work(self) -> None:
        while True:
            due = [(purge.due, path) for path, purge in self._queue.items()]
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
        purge = self._queue[path]
        try:
            status = await self._request(path)
        except (httpx.HTTPError, TimeoutError) as error:
            await self._failed(path, purge, repr(error))
            return
        if status not in _DONE:
            await self._failed(path, purge, f"it answered {status}")
            return
        self._failures = 0
        if self._queue.get(path) is not purge:
            return  # the path was queued again meanwhile
        if purge.rounds >= len(self.limits.again_s):
            self._forget(path)
            return
        purge.due = _now() + self.limits.again_s[purge.rounds]
        purge.rounds += 1

    async def _failed(self, path: str, purge: _Purge, why: str) -> None:
        """Wait before the next attempt at the same path, or give it up."""
        self._failures += 1
        if _now() - purge.since > self.limits.give_up_after_s:
            log.error("purge_given_up cache=%s path=%s: %s", self.address, path, why)
            if self._queue.get(path) is purge:
                self._forget(path)
            return
        log.warning("purge_failed cache=%s path=%s: %s", self.address, path, why)
        doublings = min(self._failures - 1, 16)
        await asyncio.sleep(min(self.limits.backoff_s * 2.0**doublings, self.limits.backoff_s_max))

    async def _request(self, path: str) -> int:
        """Return the status that the cache answers with; httpx.HTTPError, TimeoutError.

        Each purge has a connection of its own, and the answer's body is not read.
        """
        assert self._client is not None, "started before"
        request = httpx.Request(
            "PURGE",
            httpx.URL(self.address, raw_path=path.encode("ascii")),
            headers={"Host": self.host, "Connection": "close", "Content-Length": "0"},
        )
        async with asyncio.timeout(self.limits.timeout_s):
            response = await self._client.send(request, stream=True)
            await response.aclose()
        return response.status_code


def _now() -> float:
    return asyncio.get_running_loop().time()
