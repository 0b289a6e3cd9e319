"""Behind a proxy: how many requests of one network may be under way, and read at a time."""

import asyncio

import httpx

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.endpoints import READS_MAX
from showfloor.edge.http.fair_queue import SPARED
from showfloor.edge.http.network_request_slots import NetworkRequestSlots
from tests.edge.endpoint_harness import GUEST, endpoint_harness
from tests.edge.socket_harness import turns
from tests.support.waiting import await_until


class Waits:
    """Answers when it is told to, as a playlist's next part does."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.waiting += 1
        await self.go.wait()
        self.waiting -= 1
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def test_waits_of_one_network_are_bounded_and_others_wait_on() -> None:
    waits = Waits()
    transport = httpx.ASGITransport(
        NetworkRequestSlots(waits, 2, trusted_proxies=1), client=("::1", 1)
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:

        def ask(forwarded_for: str) -> "asyncio.Task[httpx.Response]":
            headers = {"x-forwarded-for": forwarded_for}
            return asyncio.create_task(client.get("/hls/spring/720p.m3u8", headers=headers))

        visitors = [ask("203.0.113.7") for _ in range(2)]
        household = [ask(f"6.6.6.{n}, 2001:db8:1:2::{n}") for n in range(2)]
        await turns()
        assert waits.waiting == 4
        for refused in (await ask("203.0.113.7"), await ask("2001:db8:1:2::ffff")):
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
            assert refused.json()["code"] == "rate-limited"
        others = [ask("203.0.113.8"), ask("2001:db8:1:3::1"), ask("127.0.0.1")]
        await turns()
        assert waits.waiting == 7
        waits.go.set()
        for task in (*visitors, *household, *others, ask("203.0.113.7")):
            assert (await task).status_code == 204


async def test_reads_of_one_network_leave_the_database_to_others() -> None:
    async with endpoint_harness(trusted_proxies=1) as harness:
        harness.personal.may_read.clear()

        def ask(network: str) -> "asyncio.Task[httpx.Response]":
            path = "open/private?after=0"
            return asyncio.create_task(harness.get(path, GUEST, x_forwarded_for=network))

        visitors = [ask("203.0.113.7") for _ in range(READS_MAX + 300)]
        await await_until(lambda: sum(task.done() for task in visitors) > 0)
        at_once = READS_MAX - SPARED
        assert harness.personal.reads == at_once
        refused = [task.result() for task in visitors if task.done()]
        assert {answer.status_code for answer in refused} == {429}
        assert refused[0].json()["retry_after_s"] == 2
        other = ask("203.0.113.8")
        await await_until(lambda: harness.personal.reads == at_once + 1)
        harness.personal.may_read.set()
        assert (await other).status_code == 200
        taken = [await task for task in visitors]
        assert {answer.status_code for answer in taken} == {200, 429}
        assert len([answer for answer in taken if answer.status_code == 200]) == at_once + 200
