"""Purges to the caches in front: never waited for, tried again, given up loudly."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from showfloor.adapters.purge.http import HttpPurge, PurgeLimits
from tests.support.waiting import await_until

QUICK = PurgeLimits(timeout_s=0.5, again_s=(), backoff_s=0.01, backoff_s_max=0.05)


class Cache:
    """What a cache in front hears; it answers with `statuses` in turn, the last one for good."""

    def __init__(self, *statuses: int) -> None:
        self.heard: list[str] = []
        self.heads: list[str] = []
        self.silent = False
        self._statuses = list(statuses) or [200]
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if self.silent:
                await reader.read()
                return
            self.heads.append(head)
            self.heard.append(head.split("\r\n")[0])
            status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
            writer.write(f"HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n".encode())
        finally:
            writer.close()


@asynccontextmanager
async def purging(caches: Sequence[Cache], limits: PurgeLimits = QUICK) -> AsyncIterator[HttpPurge]:
    purge = HttpPurge([await cache.start() for cache in caches], "shop.test", limits)
    purge.start()
    try:
        yield purge
    finally:
        await purge.stop()
        for cache in caches:
            await cache.stop()


async def test_every_cache_is_told_under_the_public_name() -> None:
    caches = [Cache(), Cache(404)]
    async with purging(caches) as purge:
        await purge.purge(["/timeline/a/ticks/1", "/timeline/a/ticks/2"])
        await await_until(lambda: purge.pending == 0 and len(caches[1].heard) == 2)
    for cache in caches:
        assert cache.heads == [
            f"PURGE /timeline/a/ticks/{n} HTTP/1.1\r\nHost: shop.test\r\n"
            "Connection: close\r\nContent-Length: 0\r\n\r\n"
            for n in (1, 2)
        ]


async def test_a_path_is_purged_again_for_answers_that_were_on_their_way() -> None:
    cache = Cache()
    async with purging([cache], replace(QUICK, again_s=(0.05, 0.05))) as purge:
        await purge.purge(["/timeline/a/ticks/1"])
        await await_until(lambda: len(cache.heard) == 3)
        await purge.purge(["/timeline/a/ticks/1"])  # and from the beginning when it is asked anew
        await await_until(lambda: len(cache.heard) == 6)


async def test_a_cache_that_fails_is_asked_again_and_holds_up_no_other() -> None:
    broken, sound = Cache(503, 503, 200), Cache()
    async with purging([broken, sound]) as purge:
        await purge.purge(["/timeline/a/ticks/1"])
        await await_until(lambda: len(sound.heard) == 1)
        await await_until(lambda: len(broken.heard) == 3 and purge.pending == 0)


async def test_a_cache_that_says_nothing_is_given_up_with_an_alarm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cache = Cache()
    cache.silent = True
    limits = replace(QUICK, timeout_s=0.05, give_up_after_s=0.2)
    async with purging([cache], limits) as purge:
        await asyncio.wait_for(purge.purge(["/timeline/a/ticks/1"]), 0.05)  # not held up by it
        await await_until(lambda: purge.pending == 0)
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    alarms = [record for record in errors if record.name.startswith("showfloor.")]
    assert [alarm.getMessage().split()[0] for alarm in alarms] == ["purge_given_up"]
    assert "/timeline/a/ticks/1" in alarms[0].getMessage()


async def test_purge_that_does_not_fit_is_refused_whole_with_an_alarm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caches = [Cache(503), Cache()]
    async with purging(caches, replace(QUICK, backoff_s=5, pending_max=3)) as purge:
        noted = await purge.purge(["/timeline/a/ticks/1", "/timeline/a/ticks/2"])
        assert noted is not None
        await await_until(lambda: purge.pending == 2 and noted.left == 2)  # the second has both
        for _ in range(3):
            assert await purge.purge(["/timeline/a/ticks/3", "/timeline/a/ticks/4"]) is None
        assert purge.pending == 2
        assert await purge.purge(["/timeline/a/ticks/2", "/timeline/a/ticks/3"]) is not None
        assert not noted.is_done
    assert "PURGE /timeline/a/ticks/4 HTTP/1.1" not in caches[1].heard
    messages = [record.getMessage().split()[0] for record in caplog.records]
    assert messages.count("purge_full") == 1
    assert "purge_unfinished" in messages


async def test_purge_beyond_the_bound_is_taken_by_an_empty_queue() -> None:
    async with purging([Cache()], replace(QUICK, pending_max=3)) as purge:
        noted = await purge.purge([f"/timeline/a/ticks/{n}" for n in range(5)])
        assert noted is not None
        await await_until(lambda: noted.is_done)


async def test_a_batch_is_done_when_its_last_round_is() -> None:
    cache = Cache()
    async with purging([cache], replace(QUICK, again_s=(0.1, 0.1))) as purge:
        noted = await purge.purge(["/timeline/a/ticks/1"])
        assert noted is not None
        for rounds in (1, 2):
            await await_until(lambda seen=rounds: len(cache.heard) == seen)  # type: ignore[misc]
            assert (noted.is_done, purge.pending) == (False, 1)
        await await_until(lambda: noted.is_done)
        assert (len(cache.heard), purge.pending) == (3, 0)


async def test_a_later_batch_takes_over_what_is_in_both() -> None:
    cache = Cache()
    async with purging([cache], replace(QUICK, again_s=(30.0,))) as purge:
        first = await purge.purge(["/timeline/a/ticks/1", "/timeline/a"])
        second = await purge.purge(["/timeline/a/ticks/2", "/timeline/a"])
        third = await purge.purge(["/timeline/a/ticks/1"])
        assert first is not None
        assert second is not None
        assert third is not None
        assert (first.is_done, second.left, third.left) == (True, 2, 1)


async def test_without_caches_it_is_nothing() -> None:
    async with purging([]) as purge:
        await purge.purge(["/timeline/a/ticks/1"])
        assert purge.pending == 0


@pytest.mark.parametrize("path", ["timeline/a", "/a b", "/a\r\nX: y", "/ä"])
async def test_path_with_other_parts_of_an_address_is_a_programming_error(path: str) -> None:
    async with purging([Cache()]) as purge:
        with pytest.raises(AssertionError):
            await purge.purge([path])
