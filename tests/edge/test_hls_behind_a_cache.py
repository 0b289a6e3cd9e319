"""Video behind a real Varnish with the configuration that we ship: the origin is asked once for
each part and rung, ages are right, and no error is kept."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.hls.endpoint import HlsApp
from showfloor.media.hls.blocking_reload import ReloadLimits
from tests.edge.test_hls import Site
from tests.support.asgi import served
from tests.support.media import INITS, RUNGS
from tests.support.varnish import find_varnish, varnish_in_front_of
from tests.support.waiting import await_until, pace

pytestmark = pytest.mark.skipif(find_varnish() is None, reason="there is no varnishd here")
CLIENTS = 30


class Front:
    """A live show, the cache in front of it, and a client in front of that."""

    def __init__(self, site: Site, client: httpx.AsyncClient, asked: Counter[str]) -> None:
        self.site, self.asked = site, asked
        self._client = client

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(f"/hls/spring/{path}")

    async def by_all(self, path: str) -> list[httpx.Response]:
        return await asyncio.gather(*(self.get(path) for _ in range(CLIENTS)))


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    limits = ReloadLimits(outage_answer_s=6)  # on a busy machine, too, a part is no outage
    site, asked = Site(tmp_path, limits), Counter[str]()
    app = HlsApp(site.resolve, site.authorise)

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        asked[scope["path"].removeprefix("/hls/spring/") + (f"?{query}" if query else "")] += 1
        await app(scope, receive, send)

    site.channel.set_public(True)
    site.channel.begin_broadcast(RUNGS, INITS)
    await site.parts(8)
    async with served(counting) as port:
        with varnish_in_front_of(port) as cache:
            how = httpx.Limits(max_connections=200)  # everybody waits at once
            async with httpx.AsyncClient(base_url=cache.url, timeout=20, limits=how) as client:
                yield Front(site, client, asked)
    await site.client.aclose()
    await site.channel.close()


async def test_origin_is_asked_once_for_each_part_and_rung_and_errors_for_a_second(
    front: Front,
) -> None:
    next_one = [f"{rung}.m3u8?_HLS_msn=1&_HLS_part=2" for rung in ("720p", "480p")]
    hinted = [f"1/{rung}/1.2.m4s" for rung in ("720p", "480p")]
    waiting = asyncio.gather(*(front.by_all(path) for path in (*next_one, *hinted)))
    await await_until(lambda: len(front.asked) == 4, what="each address to reach the origin")
    early = "1/720p/1.4.m4s"
    assert (await front.get(early)).status_code == 404
    await front.site.parts(1)
    for answers in await waiting:
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
    assert [front.asked[path] for path in (*next_one, *hinted)] == [1, 1, 1, 1]

    await front.site.parts(2)  # what was missing is given a second later
    async with asyncio.timeout(10):
        while (await front.get(early)).status_code != 200:
            await pace(0.1)
    assert (await front.get(early)).status_code == 200
    assert front.asked[early] == 2
    first = int((await front.get(hinted[0])).headers["age"])

    async def is_older() -> bool:  # an age is told in whole seconds
        return int((await front.get(hinted[0])).headers["age"]) > first

    async with asyncio.timeout(10):
        while not await is_older():
            await pace(0.1)
    assert front.asked[hinted[0]] == 1
