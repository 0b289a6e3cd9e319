"""Rounds of drand over HTTP, from a relay that answers as drand's own do, and from ones that do
not."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override

import pytest

from showfloor.adapters.drand.http_beacon import HttpBeacon
from showfloor.giveaways.beacon import CHAIN, NoAnswer

ROUND = 12_345_678
SIGNATURE = hashlib.sha384(b"a round").digest()
GOOD: dict[str, Any] = {
    "round": ROUND, "randomness": hashlib.sha256(SIGNATURE).hexdigest(),
    "signature": SIGNATURE.hex(),
}  # fmt: skip


@contextmanager
def relay(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """A relay that gives one answer; its address, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_signature_of_a_round_is_asked_of_the_chain_by_its_number() -> None:
    with relay(200, json.dumps(GOOD).encode()) as (url, asked):
        assert HttpBeacon(url).signature(ROUND) == SIGNATURE
    assert asked == [f"/{CHAIN}/public/{ROUND}"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (425, b'{"error": "too early"}'), (500, b""), (302, b""), (200, b"[]"), (200, b"\xff{"),
        (200, json.dumps({**GOOD, "round": ROUND - 1}).encode()),
        (200, json.dumps({**GOOD, "randomness": "00" * 32}).encode()),
        (200, json.dumps({**GOOD, "signature": "zz"}).encode()),
        (200, json.dumps({**GOOD, "signature": ""}).encode()),
        (200, json.dumps({**GOOD, "padding": "x" * 5000}).encode()),
    ],
)  # fmt: skip
def test_any_other_answer_is_none(status: int, body: bytes) -> None:
    with relay(status, body) as (url, asked):
        with pytest.raises(NoAnswer):
            HttpBeacon(url).signature(ROUND)
        assert len(asked) == 1  # it follows no redirect


def test_relay_that_is_not_there_is_no_answer() -> None:
    with pytest.raises(NoAnswer):
        HttpBeacon("http://127.0.0.1:9", timeout_s=0.5).signature(ROUND)
