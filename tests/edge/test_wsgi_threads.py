"""A WSGI application as ASGI: a small response is handed over whole, a large one in pieces."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from showfloor.edge.asgi_types import Message
from showfloor.edge.http.wsgi_threads import HELD_BYTES_MAX, WsgiApp, WsgiThreads

SCOPE = {
    "type": "http", "method": "GET", "path": "/", "query_string": b"", "http_version": "1.1",
    "headers": [(b"host", b"shop.test")],
}  # fmt: skip


async def nothing_comes() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


class Client:
    """Takes the messages of one response."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def send(self, message: Message) -> None:
        self.taken.append(message)

    async def ask(self, app: WsgiApp) -> None:
        await WsgiThreads(app, 1)(SCOPE, nothing_comes, self.send)


class Closed:
    """An iterable of chunks that knows when it was closed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        self.is_closed = True


async def test_small_response_is_two_messages() -> None:
    client, chunks = Client(), Closed([b"Hello ", b"there"])

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("201 Created", [("X-Host", environ["HTTP_HOST"]), ("Set-Cookie", "a=1")])
        return chunks

    await client.ask(app)
    assert client.taken == [
        {
            "type": "http.response.start", "status": 201,
            "headers": [(b"x-host", b"shop.test"), (b"set-cookie", b"a=1")],
        },
        {"type": "http.response.body", "body": b"Hello there", "more_body": False},
    ]  # fmt: skip
    assert chunks.is_closed


async def test_large_response_goes_out_before_it_is_whole() -> None:
    client = Client()
    sent_before_the_end: list[int] = []

    def app(_environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"x" * HELD_BYTES_MAX
        sent_before_the_end.append(len(client.taken))
        yield b"end"

    await client.ask(app)
    assert sent_before_the_end == [2]
    bodies = [(message["body"], message["more_body"]) for message in client.taken[1:]]
    assert bodies == [(b"x" * HELD_BYTES_MAX, True), (b"end", False)]


async def test_failure_after_the_head_sends_nothing() -> None:
    client = Client()

    def app(_environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"half"
        raise LookupError("the other half")

    with pytest.raises(LookupError):
        await client.ask(app)
    assert client.taken == []
