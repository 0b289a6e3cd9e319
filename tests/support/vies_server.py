"""A small simulator of VIES over HTTP: numbers it knows, and states that fail for a while."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override


@dataclass(slots=True)
class VatRegister:
    """`known`: valid numbers with their prefix. `failures`: what the next questions get instead of
    an answer, in turn: the name of an error of VIES, or a whole (status, body)."""

    known: set[str] = field(default_factory=set)
    failures: list[str | tuple[int, bytes]] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, asked: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append((path, asked))
        if self.failures:
            failure = self.failures.pop(0)
            if not isinstance(failure, str):
                return failure
            told: dict[str, Any] = {
                "actionSucceed": False, "errorWrappers": [{"error": failure}],
            }  # fmt: skip
            return (400 if failure == "INVALID_INPUT" else 500), json.dumps(told).encode()
        is_valid = asked["countryCode"] + asked["vatNumber"] in self.known
        told = {
            **asked, "requestDate": "2026-03-01T12:00:00.000Z", "valid": is_valid,
            "requestIdentifier": "WAPIAAAA1" if "requesterNumber" in asked else "",
            "name": "Somebody", "address": "Somewhere",
        }  # fmt: skip
        return 200, json.dumps(told).encode()


@contextmanager
def vat_register() -> Iterator[VatRegister]:
    register = VatRegister()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = register.answer(self.path, body)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    register.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield register
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
