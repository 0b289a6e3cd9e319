"""Requests that are answered without a task, over real connections: the same answers as those that
come in pieces, and the usual way for everything that is not as it should be."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.commands.endpoint import BODY_BYTES_MAX
from showfloor.edge.commands.rate_limit import BURST
from showfloor.edge.http import responses
from showfloor.edge.http.direct import Answer, first_of
from showfloor.edge.http.intake import Intake, IntakeLimits
from showfloor.edge.http.network_request_slots import NetworkRequestSlots
from showfloor.edge.http.responses import Response
from showfloor.timeline.commands import Outcome
from tests.edge.endpoint_harness import GUEST, STAFF, EndpointHarness
from tests.support.asgi import served
from tests.support.waiting import await_until

MESSAGE = {"id": "c1", "name": "message", "body": {"text": "Hello"}}


class Served:
    """The endpoints of a show, served, with a note of each request by the way that it went."""

    def __init__(self) -> None:
        self.harness = EndpointHarness()
        self.intake = Intake(direct=self.direct)
        self.ways: list[str] = []
        self.port = 0

    def direct(self, scope: Scope, body: bytes, answer: Answer) -> bool:
        is_taken = self.harness.app.direct(scope, body, answer)
        self.ways += ["direct"] * is_taken
        return is_taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.ways.append("usual")
        await self.harness.app(scope, receive, send)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, *pieces: bytes) -> tuple[str, bytes]:
        """Send the pieces, each when the one before was read; return the head without its date,
        and the body."""
        reader, writer = await self.connect()
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02 if len(pieces) > 1 else 0)
        told = await answer_of(reader)
        writer.close()
        return told


async def answer_of(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = int(head.lower().partition("content-length: ")[2].partition("\r")[0])
        body = await reader.readexactly(size)
    lines = [line for line in head.split("\r\n") if not line.lower().startswith("date:")]
    return "\n".join(sorted(lines)), body


def request(
    sent: Any = MESSAGE, *, path: str = "open/commands", token: str = GUEST, method: str = "POST",
    **headers: str,
) -> bytes:  # fmt: skip
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    given = {
        "Host": "shop", "Authorization": f"Bearer {token}", "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-").title(): value for name, value in headers.items()},
    }  # fmt: skip
    lines = [f"{method} /timeline/{path} HTTP/1.1", *(f"{k}: {v}" for k, v in given.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
async def show() -> AsyncIterator[Served]:
    show = Served()
    async with served(show, intake=show.intake) as show.port:
        yield show


async def test_command_that_comes_whole_is_answered_as_one_that_comes_in_pieces(
    show: Served,
) -> None:
    whole = request(accept_language="de-AT")
    direct, usual = await show.ask(whole), await show.ask(whole[:-3], whole[-3:])
    assert show.ways == ["direct", "usual"]
    assert direct == usual
    assert json.loads(direct[1]) == {"id": "c1", "seq": 7, "message_id": "m1"}
    done = show.harness.commands.done
    assert done[0].language == done[1].language == "de"
    assert (done[0].id, done[0].body, done[0].show_id) == ("c1", {"text": "Hello"}, "show")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request(b"{"), 400),
        (request({**MESSAGE, "more": 1}), 400),
        (request(b"x" * (BODY_BYTES_MAX + 1)), 413),
        (request(content_type="text/plain"), 415),
        (request(token="nonsense"), 401),
        (request(path="none/commands"), 404),
        (request(path="open/commands?a=1"), 400),
        (request(method="PUT"), 405),
        (request(token=STAFF), 200),
        (request(expect="100-continue"), 100),
    ],
)
async def test_whatever_is_not_as_it_should_be_goes_the_usual_way(
    show: Served, asked: bytes, status: int
) -> None:
    reader, writer = await show.connect()
    writer.write(asked)
    line = await asyncio.wait_for(reader.readline(), 10)
    assert (int(line.split(b" ")[1]), show.ways) == (status, ["usual"])
    writer.close()


async def test_haste_is_bounded_on_the_direct_way(show: Served) -> None:
    answers = [await show.ask(request()) for _ in range(BURST + 1)]
    assert json.loads(answers[-1][1])["code"] == "rate-limited"
    assert show.ways == ["direct"] * (BURST + 1)
    assert len(show.harness.commands.done) == BURST


async def test_requests_ahead_of_their_answers_are_answered_in_their_order(show: Served) -> None:
    reader, writer = await show.connect()
    writer.write(b"".join(request({**MESSAGE, "id": f"c{number}"}) for number in range(4)))
    told = [json.loads((await answer_of(reader))[1])["id"] for _ in range(4)]
    assert told == ["c0", "c1", "c2", "c3"]
    writer.write(request({**MESSAGE, "id": "later"}))
    assert json.loads((await answer_of(reader))[1])["id"] == "later"
    assert show.ways == ["direct", "usual", "usual", "usual", "direct"]
    writer.close()


async def test_connection_that_asks_to_be_closed_is_closed_after_its_answer(show: Served) -> None:
    reader, writer = await show.connect()
    writer.write(request(connection="close"))
    head, body = await answer_of(reader)
    assert (await asyncio.wait_for(reader.read(), 10), json.loads(body)["seq"]) == (b"", 7)
    assert "connection: close" in head
    writer.close()


async def test_answer_to_a_client_that_has_left_harms_nobody() -> None:
    held: list[Answer] = []

    def hold(_scope: Scope, _body: bytes, answer: Answer) -> bool:
        held.append(answer)
        return True

    async def usual(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("everything is taken")

    intake = Intake(direct=hold)
    async with served(usual, intake=intake) as port:
        gone, stays = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for _reader, writer in (gone, stays):
            writer.write(request())
        await await_until(lambda: len(held) == 2, what="both requests")
        gone[1].transport.abort()
        await await_until(lambda: intake.limiter.taken == 1, what="one to have left")
        for answer in held:
            answer(Response(200, b"{}"))
        assert (await answer_of(stays[0]))[1] == b"{}"
        stays[1].close()


async def test_outcome_that_makes_no_response_is_answered_as_a_fault(show: Served) -> None:
    """Nobody else would answer it: the client would wait for ever."""
    show.harness.commands.outcome = Outcome(seq=7, result={"message_id": object()})
    head, body = await show.ask(request())
    assert ("HTTP/1.1 500" in head, json.loads(body)["code"]) == (True, "error")
    assert show.ways == ["direct"]


async def test_direct_way_that_breaks_leaves_the_request_to_the_usual_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_scope: Scope, _body: bytes, _answer: Answer) -> bool:
        raise OSError("a bug")

    async def usual(_scope: Scope, _receive: Receive, send: Send) -> None:
        await responses.respond(send, Response(200, b"usual"))

    async with served(usual, intake=Intake(direct=broken)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request())
        assert (await answer_of(reader))[1] == b"usual"
        writer.close()
    assert "direct_way_failed path=/timeline/open/commands" in caplog.text


async def test_direct_way_that_breaks_after_its_answer_is_the_only_one() -> None:
    used: list[str] = []

    def broken(_scope: Scope, _body: bytes, answer: Answer) -> bool:
        answer(Response(200, b"direct"))
        raise OSError("a bug")

    async def usual(_scope: Scope, _receive: Receive, send: Send) -> None:
        used.append("usual")
        await responses.respond(send, Response(200, b"usual"))

    async with served(usual, intake=Intake(direct=broken)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _request in range(2):
            writer.write(request())
            assert (await answer_of(reader))[1] == b"direct"
        writer.close()
    assert used == []


async def test_connection_of_the_reserve_is_answered_about_health_alone() -> None:
    held: list[Answer] = []

    def hold(_scope: Scope, _body: bytes, answer: Answer) -> bool:
        held.append(answer)
        return True

    show = Served()
    intake = Intake(IntakeLimits(connections_max=1, reserve=1), direct=hold)
    async with served(show, intake=intake) as show.port:
        _reader, writer = await show.connect()
        writer.write(request())
        await await_until(lambda: len(held) == 1, what="the one connection")
        reader, late = await show.connect()
        late.write(request())
        line = await asyncio.wait_for(reader.readline(), 10)
        assert (line.split(b" ")[1], len(held)) == (b"503", 1)
        held[0](Response(200))
        for one in (writer, late):
            one.close()


def test_network_at_its_bound_is_left_to_the_usual_way_until_an_answer() -> None:
    held: list[Answer] = []

    def hold(_scope: Scope, _body: bytes, answer: Answer) -> bool:
        held.append(answer)
        return True

    async def usual(scope: Scope, receive: Receive, send: Send) -> None: ...

    def refuse(_scope: Scope, _body: bytes, _answer: Answer) -> bool:
        return False

    scope = {"client": ("192.0.2.7", 1), "headers": []}
    slots = NetworkRequestSlots(usual, 2)
    told: list[Response] = []
    take, decline = slots.around(hold), slots.around(refuse)
    assert [decline(scope, b"", told.append) for _ in range(3)] == [False] * 3
    assert [take(scope, b"", told.append) for _ in range(3)] == [True, True, False]
    held[0](Response(200))
    assert (told, take(scope, b"", told.append)) == ([Response(200)], True)


def test_way_that_breaks_after_its_answer_frees_its_slot_once() -> None:
    def broken(_scope: Scope, _body: bytes, answer: Answer) -> bool:
        answer(Response(200))
        raise OSError("a bug")

    async def usual(scope: Scope, receive: Receive, send: Send) -> None: ...

    scope = {"client": ("192.0.2.7", 1), "headers": []}
    slots = NetworkRequestSlots(usual, 2)
    take = slots.around(lambda _scope, _body, _answer: True)
    assert take(scope, b"", lambda _response: None)
    with pytest.raises(OSError, match="a bug"):
        slots.around(broken)(scope, b"", lambda _response: None)
    assert [take(scope, b"", lambda _response: None) for _ in range(2)] == [True, False]


def test_first_way_that_takes_a_request_has_it() -> None:
    asked: list[str] = []

    def way(name: str, *, takes: bool) -> Any:
        def take(_scope: Scope, _body: bytes, _answer: Answer) -> bool:
            asked.append(name)
            return takes

        return take

    ways = first_of(way("a", takes=False), way("b", takes=True), way("c", takes=True))
    assert ways({}, b"", lambda _response: None)
    assert asked == ["a", "b"]
