"""One person's pace: over however many sockets, and by POST beside them."""

import asyncio
import json
from typing import Any

import pytest

from showfloor.accounts.tokens import Claims
from showfloor.edge.asgi_types import Receive, Scope
from showfloor.edge.commands.endpoint import CommandEndpoint
from showfloor.edge.commands.rate_limit import BURST, CommandRateLimit
from showfloor.edge.http.responses import RequestRejected
from tests.edge.socket_harness import BRAND, SocketHarness, frame, socket_harness
from tests.edge.test_socket import Recorder, said


async def test_several_sockets_and_posts_are_one_person() -> None:
    recorder = Recorder()
    async with socket_harness(commands=recorder) as harness:
        harness.sockets.rate_limit = CommandRateLimit(clock=lambda: 0.0)
        answers = await asyncio.gather(*(_ask(harness, "ana", 8) for _ in range(4)))
        codes = [code for of_one in answers for code in of_one]
        assert (codes.count(""), codes.count("rate-limited")) == (BURST, 32 - BURST)
        assert len(recorder.commands) == BURST
        authorizer = CommandEndpoint(recorder, harness.sockets.rate_limit)
        with pytest.raises(RequestRejected) as refused:
            await authorizer.post(Claims("g:ana", BRAND), "show-1", *_request())
        assert refused.value.response.status == 429
        answer = await authorizer.post(Claims("g:ben", BRAND), "show-1", *_request())
        assert answer.status == 200, "someone else has a pace of their own"


async def test_coming_back_is_no_new_burst() -> None:
    recorder = Recorder()
    async with socket_harness(commands=recorder) as harness:
        harness.sockets.rate_limit = CommandRateLimit(clock=lambda: 0.0)
        codes = [code for _ in range(5) for code in await _ask(harness, "ana", 6)]
        assert codes == [""] * BURST + ["rate-limited"] * (30 - BURST)


async def _ask(harness: SocketHarness, token: str, count: int) -> list[str]:
    """The codes of the answers to so many commands over one socket, one after the other."""
    codes = []
    async with harness.follow(token=token) as socket, asyncio.timeout(10):
        await frame(socket, "welcome")
        for number in range(count):
            await socket.send(said(number))
            answer: dict[str, Any] = {"type": ""}
            while answer["type"] not in {"ack", "problem"}:
                answer = json.loads(await socket.recv())
            codes.append(answer.get("code", ""))
    return codes


def _request() -> tuple[Scope, Receive]:
    body = json.dumps({"id": "c1", "name": "message", "body": {}}).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    return {"headers": [(b"content-type", b"application/json")]}, receive
