"""Before the parser: silent, slow, endless and too many clients against a served application."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, override

import pytest
import uvicorn
import uvloop
from uvicorn.server import ServerState

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.http import intake
from showfloor.edge.http.intake import HEAD_BYTES_MAX, HttpConnection, Intake, IntakeLimits
from showfloor.edge.http.responses import Response, respond_at_once
from tests.edge.socket_harness import RawViewer, opening, socket_harness
from tests.support.asgi import served
from tests.support.waiting import await_until

QUICK = IntakeLimits(head_s=0.15, idle_s=0.15, stall_s=0.15, look_s=0.03)
QUICK_HEAD = IntakeLimits(head_s=0.15, idle_s=60, stall_s=60, look_s=0.03)
QUICK_STALL = IntakeLimits(head_s=60, idle_s=60, stall_s=0.15, look_s=0.03)
LARGE = 32_000_000  # more than sockets hold
GET = b"GET / HTTP/1.1\r\nHost: shop\r\n"

type Loop = Callable[[], asyncio.AbstractEventLoop]

LOOPS: list[Loop] = [asyncio.new_event_loop, uvloop.new_event_loop]
on_both_loops = pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])


class Shop:
    """Keeps the requests' heads. `/wait` waits for the client to leave, `/large` is 32 MB, `/last`
    ends the connection."""

    def __init__(self) -> None:
        self.heads: list[list[tuple[str, str]]] = []
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.heads.append([(name.decode(), value.decode()) for name, value in scope["headers"]])
        body = b"fine"
        if scope["path"] == "/wait":
            self.waiting += 1
            while (await receive())["type"] != "http.disconnect":
                pass
            self.waiting -= 1
            return
        if scope["path"] == "/large":
            body = b"x" * LARGE
        elif scope["path"] == "/body":
            body, more = b"", True
            while more:
                message = await receive()
                body, more = body + message["body"], message["more_body"]
            body = b"%d" % len(body)
        headers = [(b"content-length", b"%d" % len(body))]
        if scope["path"] == "/last":
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def answer(self) -> int:
        """The status; the body is read, too."""
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            size = int(head.partition("content-length: ")[2].partition("\r")[0])
            self.body = await self.reader.readexactly(size)
        return int(head.split(" ")[1])

    async def ask(self, path: str = "/") -> int:
        await self.say(GET.replace(b"/ ", path.encode() + b" ", 1), b"\r\n")
        return await self.answer()

    async def rest(self) -> bytes:
        """What comes until the server closes; a reset is a close."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""

    async def is_cut(self) -> bool:
        return await self.rest() == b""

    def close(self) -> None:
        self.writer.transport.abort()


class IntakeHarness:
    """A served shop, and clients of it."""

    def __init__(self, port: int, authorizer: Intake, shop: Shop) -> None:
        self.port, self.authorizer, self.shop = port, authorizer, shop
        self._clients: list[Client] = []

    async def client(self, said: bytes = b"") -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port, limit=1024))
        self._clients.append(client)
        await client.say(said)
        return client

    async def taken(self, count: int) -> None:
        await await_until(
            lambda: self.authorizer.limiter.taken == count, what=f"{count} connections"
        )

    def close(self) -> None:
        for client in self._clients:
            client.close()


@asynccontextmanager
async def intake_harness(
    limits: IntakeLimits | None = None, network: str = ""
) -> AsyncIterator[IntakeHarness]:
    """`network`: what everyone is counted by."""
    authorizer, shop = Intake(limits, lambda _address: network), Shop()
    async with served(shop, intake=authorizer) as port:
        made = IntakeHarness(port, authorizer, shop)
        try:
            yield made
        finally:
            made.close()


def run(loop: Loop, work: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(work())


# --- time ----------------------------------------------------------------------------------------


@on_both_loops
def test_silent_and_idle_connections_are_closed_and_busy_ones_stay(loop: Loop) -> None:
    async def work() -> None:
        async with intake_harness(QUICK) as shop:
            silent, idle = await shop.client(), await shop.client()
            assert await idle.ask() == 200
            waiting = await shop.client(GET.replace(b"/ ", b"/wait ") + b"\r\n")
            assert await silent.is_cut()
            assert await idle.is_cut()
            await shop.taken(1)
            waiting.close()
            await shop.taken(0)
            assert shop.shop.waiting == 0

    run(loop, work)


@pytest.mark.parametrize("begun", [GET, b"\r\n\r\n", GET + b"A: b", b"G"])
async def test_head_that_does_not_end_is_cut(begun: bytes) -> None:
    async with intake_harness(QUICK_HEAD) as shop:
        first, later = await shop.client(begun), await shop.client()
        assert await later.ask() == 200
        await later.say(begun)  # which must not count as being there
        for client in (first, later):
            assert (await client.rest()).startswith(b"HTTP/1.1 408 ")
        await shop.taken(0)
        assert len(shop.shop.heads) == 1


@on_both_loops
def test_client_that_does_not_read_is_cut(loop: Loop) -> None:
    """In the middle of an answer, after one, with another request on its way, and on closing."""

    async def work() -> None:
        async with intake_harness(QUICK_STALL) as shop:
            for ends in (b"\r\n", b"\r\n" + GET + b"\r\n", b"Connection: close\r\n\r\n"):
                client = await shop.client(GET.replace(b"/ ", b"/large ") + ends)
                transport: Any = client.writer.transport
                transport.pause_reading()
            await shop.taken(3)
            await shop.taken(0)

    run(loop, work)


async def test_slow_reader_stays_while_it_reads() -> None:
    now = 100.0
    authorizer = Intake(IntakeLimits(stall_s=15), lambda _address: "", clock=lambda: now)
    async with served(Shop(), intake=authorizer) as port:
        authorizer.stop()  # it is looked at by hand
        client = await IntakeHarness(port, authorizer, Shop()).client(
            GET.replace(b"/ ", b"/large ") + b"\r\n"
        )
        for _ in range(3):
            assert await client.reader.readexactly(5_000_000)
            now += 15.1
            authorizer.limiter.sweep()
        assert authorizer.limiter.taken == 1
        transport: Any = client.writer.transport
        transport.pause_reading()
        now += 15.1
        authorizer.limiter.sweep()  # some may have come before the pause
        now += 15.1
        authorizer.limiter.sweep()
        await await_until(lambda: authorizer.limiter.taken == 0)
        client.close()


# --- size ----------------------------------------------------------------------------------------


@on_both_loops
@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 20_000_000, 414),
        (GET + b"A: " + b"a" * 20_000_000, 431),
        (GET + b"A: b\r\n" * 3_000_000, 431),
        (GET + b"a" * 20_000_000, 431),
        (b"\r\n" * 20_000, 431),
    ],
    ids=["address", "header", "headers", "name", "empty lines"],
)
def test_head_without_an_end_is_refused(loop: Loop, head: bytes, status: int) -> None:
    """The server reads no more of it than it may throw away: the client cannot send the rest."""

    async def work() -> None:
        async with intake_harness() as shop:
            client = await shop.client()
            sending = asyncio.ensure_future(client.say(head))
            assert await client.answer() == status
            problem = json.loads(client.body)
            assert (problem["status"], problem["type"]) == (status, f"/problems/{problem['code']}")
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            client.close()
            await shop.taken(0)
            assert shop.shop.heads == []

    run(loop, work)


async def test_largest_head_that_is_allowed_is_taken_in_any_pieces() -> None:
    filling = b"A: " + b"a" * (HEAD_BYTES_MAX - len(GET) - 8) + b"\r\n\r\n"
    head = GET + filling
    assert len(head) == HEAD_BYTES_MAX - 1
    async with intake_harness() as shop:
        client = await shop.client(head)
        assert await client.answer() == 200
        await client.say(head[:100], head[100:9000], head[9000:])
        assert await client.answer() == 200
        await client.say(head * 3)  # the bound is of one head
        assert [await client.answer() for _ in range(3)] == [200] * 3
        await client.say(head[:-4] + b"aaaaaa\r\n\r\n")
        assert await client.answer() == 431


async def test_trailers_are_ignored_and_bounded() -> None:
    post = b"POST /body HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with intake_harness() as shop:
        client = await shop.client(post + b"3\r\nabc\r\n0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n")
        assert await client.answer() == 200
        assert client.body == b"3"
        assert [name for name, _ in shop.shop.heads[0]] == ["host", "transfer-encoding"]
        for tail in (b"0\r\nA: ", b"1;a="):
            endless = await shop.client(post + b"3\r\nabc\r\n")
            sending = asyncio.ensure_future(endless.say(tail + b"a" * 5_000_000))
            assert await endless.is_cut()
            await asyncio.gather(sending, return_exceptions=True)


async def test_large_body_arrives_whole_in_any_pieces() -> None:
    async with intake_harness() as shop:
        client = await shop.client(
            b"POST /body HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000\r\n\r\n"
        )
        await client.say(b"a" * 999_999, b"a" + GET + b"\r\n")
        assert await client.answer() == 200
        assert client.body == b"1000000"
        assert await client.answer() == 200


@pytest.mark.parametrize("path", ["/", "/last"])
async def test_answer_is_read_though_the_body_is_not(path: str) -> None:
    """The rest is thrown away for a moment."""
    head = f"POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Length: 90000000\r\n\r\n"
    async with intake_harness(QUICK_HEAD) as shop:
        client = await shop.client(head.encode())
        await client.say(b"a" * 300_000)
        assert await client.answer() == 200
        await client.say(b"a" * 300_000)
        async with asyncio.timeout(10):
            assert await client.reader.read() == b"", "an end, no reset"
        await shop.taken(0)
        assert len(shop.shop.heads) == 1


async def test_no_more_than_some_of_an_unwanted_body_is_thrown_away() -> None:
    post = b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 90000000\r\n\r\n"
    async with intake_harness() as shop:
        client = await shop.client(post)
        assert await client.answer() == 200
        with pytest.raises(ConnectionError):
            await client.say(*[b"a" * 1_000_000] * 80)
        await shop.taken(0)


async def test_requests_ahead_of_their_answers_are_bounded_and_end_with_the_connection() -> None:
    wait = GET.replace(b"/ ", b"/wait ") + b"\r\n"
    async with intake_harness() as shop:
        client = await shop.client(wait + (GET + b"\r\n") * intake.PIPELINE_MAX)
        await await_until(lambda: shop.shop.waiting == 1)
        client.close()
        await await_until(lambda: shop.shop.waiting == 0)
        flood = await shop.client(wait + (GET + b"\r\n") * 5000)
        await flood.rest()
        await shop.taken(0)
        await await_until(lambda: shop.shop.waiting == 0)
        assert len(shop.shop.heads) == 2


async def test_header_with_an_underscore_is_dropped() -> None:
    async with intake_harness() as shop:
        client = await shop.client(
            GET + b"X_Forwarded_For: 1.2.3.4\r\nx-forwarded_for: 5.6.7.8\r\n"
            b"X-Forwarded-For: 9.9.9.9\r\nContent_Length: 7\r\n\r\n"
        )
        assert await client.answer() == 200
        assert shop.shop.heads == [[("host", "shop"), ("x-forwarded-for", "9.9.9.9")]]


# --- number --------------------------------------------------------------------------------------


@on_both_loops
def test_many_silent_clients_stop_no_other(loop: Loop) -> None:
    async def work() -> None:
        async with intake_harness(IntakeLimits(connections_max=20)) as shop:
            shopper = await shop.client()
            assert await shopper.ask() == 200
            silent = [await shop.client() for _ in range(100)]
            assert await shopper.ask() == 200, "who has asked for something stays"
            newcomer = await shop.client()
            assert await newcomer.ask() == 200
            assert shop.authorizer.limiter.taken == 20
            assert await silent[0].is_cut()

    run(loop, work)


async def test_network_over_its_bound_leaves_room_for_others() -> None:
    networks: dict[str, str] = {}
    authorizer = Intake(IntakeLimits(per_network_max=3), lambda address: networks.get(address, ""))
    async with served(Shop(), intake=authorizer) as port:
        networks["127.0.0.1"] = "full"
        full = IntakeHarness(port, authorizer, Shop())
        waits = [await full.client(GET.replace(b"/ ", b"/wait ") + b"\r\n") for _ in range(3)]
        await full.taken(3)
        fourth = await full.client()
        assert await fourth.answer() == 503
        assert await fourth.is_cut()
        networks["127.0.0.1"] = "somebody else"
        other = await full.client()
        assert await other.ask() == 200
        networks["127.0.0.1"] = "full"
        waits[0].close()
        await full.taken(3)
        assert await (await full.client()).ask() == 200
        full.close()


async def test_health_is_answered_while_every_connection_is_in_use() -> None:
    async with intake_harness(IntakeLimits(connections_max=2, reserve=1)) as shop:
        for _ in range(2):
            await shop.client(GET.replace(b"/ ", b"/wait ") + b"\r\n")
        await await_until(lambda: shop.shop.waiting == 2)
        health = await shop.client()
        assert await health.ask("/healthz") == 200
        page = await shop.client(GET + b"\r\n")  # takes the place of the other, which is idle now
        assert (await page.rest()).startswith(b"HTTP/1.1 503 ")
        assert await (await shop.client()).ask("/healthz") == 200
        assert shop.shop.waiting == 2


@pytest.mark.parametrize("reserve", [0, 1])
async def test_websocket_keeps_its_place_until_it_ends(reserve: int) -> None:
    limits = IntakeLimits(
        connections_max=1, reserve=reserve, head_s=0.1, idle_s=0.1, look_s=0.02
    )  # fmt: skip
    authorizer = Intake(limits)
    async with socket_harness(intake=authorizer) as harness:
        viewer = await harness.raw()
        late = RawViewer(*await asyncio.open_connection("127.0.0.1", harness.port))
        late.writer.write(opening())
        assert (await late.reader.read()).startswith(b"HTTP/1.1 503 ")
        late.close()
        await await_until(lambda: authorizer.limiter.taken == 1)
        gc.collect()
        parsers = [one for one in gc.get_objects() if isinstance(one, HttpConnection)]
        assert parsers == [], "a viewer costs no parser"
        harness.say("still here")
        await viewer.until("entries")
        viewer.close()
        await await_until(lambda: authorizer.limiter.taken == 0)
        again = await harness.raw()
        again.close()


class Wire(asyncio.Transport):
    """A transport that keeps what is written, one item for each system call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    @override
    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    @override
    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.sent.append(b"".join(list_of_data))

    @override
    def is_closing(self) -> bool:
        return False


@on_both_loops
def test_response_of_one_piece_arrives_whole_at_any_size(loop: Loop) -> None:
    bodies = [bytes(range(256)) * 4, bytes(range(256)) * 20_000]  # copied, and more than is sent

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        assert respond_at_once(send, Response(200, bodies[int(scope["path"][1:])]))

    async def work() -> None:
        async with served(app) as port:
            client = Client(*await asyncio.open_connection("127.0.0.1", port, limit=1024))
            for path in (1, 0, 1):
                assert await client.ask(f"/{path}") == 200
                assert client.body == bodies[path]
            client.close()

    run(loop, work)


async def test_head_and_body_are_sent_together() -> None:
    intake, wire = Intake(), Wire()
    config = uvicorn.Config(Shop(), http=intake.protocol, ws="none", lifespan="off")
    config.load()
    make: Any = intake.protocol
    connection: HttpConnection = make(config=config, server_state=ServerState(), app_state={})
    connection.connection_made(wire)
    for answered in (1, 2):
        connection.data_received(GET + b"\r\n")
        await await_until(lambda: connection.cycle.response_complete, what="the response")
        assert len(wire.sent) == answered
        assert wire.sent[-1].startswith(b"HTTP/1.1 200 OK\r\n")
        assert wire.sent[-1].endswith(b"\r\n\r\nfine")
