"""`kill -9` between the order's commit and the sending of its mail: one order, one mail."""

import json
import os
import socketserver
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, override

import httpx
import pytest

from tests.checkout.shopping import ADDRESS
from tests.support.live import ROOT, LiveServer, free_port
from tests.support.waiting import wait_until

IMPORTS = os.pathsep.join([str(ROOT / "src"), str(ROOT)])


class MailServer:
    """A small SMTP server on a port that was closed until now; keeps what it is given."""

    def __init__(self, port: int) -> None:
        self.messages: list[str] = []
        taken = self.messages

        class Session(socketserver.StreamRequestHandler):
            timeout = 10

            @override
            def handle(self) -> None:
                self.wfile.write(b"220 test\r\n")
                for line in self.rfile:
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        taken.append(self._data())
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")

            def _data(self) -> str:
                lines = []
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                    lines.append(line.decode())
                return "".join(lines)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Session)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def rows(server: LiveServer, sql: str) -> list[tuple[Any, ...]]:
    path = server.data_dir / "showfloor.sqlite3"
    with closing(sqlite3.connect(path, timeout=10)) as database:
        return database.execute(sql).fetchall()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """Nobody listens on its mail server's port yet."""
    mail_server = f"smtp+plain://127.0.0.1:{free_port()}"
    live = LiveServer(tmp_path, {"EMAIL_URL": mail_server, "PYTHONPATH": IMPORTS})
    live.migrate()
    yield live
    live.kill()


def buy(address: str, token: str) -> str:
    """Buy one cream as a browser does; the order's number."""
    with httpx.Client(base_url=address, timeout=20) as browser:

        def post(path: str, body: Any, method: str = "POST") -> Any:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": path}
            answer = browser.request(method, f"/api/v1{path}", json=body, headers=headers)
            assert answer.is_success, answer.text
            return answer.json()

        post("/cart/items", {"sku": "CREAM"})
        checkout = post("/checkouts", {})["id"]
        post(f"/checkouts/{checkout}", ADDRESS, "PATCH")
        card = {"number": "4242424242424242", "exp": "12/49", "cvc": "123"}
        token_answer = browser.post("/testpay/tokens", json=card)
        paid = post(f"/checkouts/{checkout}/pay", token_answer.json())
        number: str = paid["order"]["number"]
        return number


def test_mail_is_sent_after_its_server_was_killed(server: LiveServer) -> None:
    filled = subprocess.run(
        [sys.executable, "-m", "tests.checkout.kill_shop"],
        env=server.env(), check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    server.start()
    number = buy(server.url, json.loads(filled.stdout)["token"])
    confirmed = "SELECT number FROM checkout_order WHERE state = 'confirmed'"
    # The provider's webhook comes over HTTP; the mail server is down, the mail waits in its row.
    assert wait_until(lambda: rows(server, confirmed), 20) == [(number,)]
    mail = "SELECT kind, sent_at FROM outbox_outgoingmessage"
    tried = f"{mail} WHERE state = 'queued' AND attempts > 0"
    assert wait_until(lambda: rows(server, tried), 20) == [("order-confirmed", None)]
    server.kill()

    post_office = MailServer(int(server.environ["EMAIL_URL"].rpartition(":")[2]))
    try:
        server.start()
        sent = "SELECT id FROM outbox_outgoingmessage WHERE state = 'sent'"
        ((mail_id,),) = wait_until(lambda: rows(server, sent), 100, "the mail to be sent")
        server.kill()
    finally:
        post_office.close()
    (message,) = post_office.messages
    assert f"Message-ID: <{mail_id}@showfloor>" in message
    assert f"Your order {number}" in message
    assert rows(server, "SELECT count(*) FROM checkout_order") == [(1,)]
    assert rows(server, "SELECT state FROM checkout_payment") == [("captured",)]
    assert rows(server, "SELECT on_hand, reserved FROM stock_stock") == [(2, 0)]
