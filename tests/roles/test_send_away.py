"""The server stops: everyone is told when to come back, and it ends in time."""

import json
import time
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.roles.test_served import PEOPLE
from tests.support.live import LiveServer


def test_viewers_are_told_when_to_come_back(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data")
    server.data_dir.mkdir(parents=True)
    server.migrate()
    owner = "owner@example.test"
    server.set_up("M", owner, "enough-123")
    made = json.loads(server.python(PEOPLE).splitlines()[-1])
    server.start()
    address = f"{server.url.replace('http', 'ws')}/timeline/{made['slug']}"
    with connect(address) as socket:
        hello = {"type": "hello", "token": made["staff_token"], "private": {"after": 0}}
        socket.send(json.dumps(hello))
        frames = [json.loads(socket.recv(timeout=10)) for _ in range(2)]
        assert [frame["type"] for frame in frames] == ["welcome", "snapshot"]
        assert frames[1]["snapshot"]["timeline"]["seq"] >= frames[0]["seq"]
        began = time.monotonic()
        assert server.process is not None
        server.process.terminate()
        kinds, code = the_rest(socket)
        assert code == 1012
        assert "retry" in kinds
    assert server.process.wait(15) == 0
    assert time.monotonic() - began < 8
    log = server.log_path.read_text()
    assert "graceful shutdown exceeded" not in log
    assert "Traceback" not in log
    server.process = None


def the_rest(socket: ClientConnection) -> tuple[list[str], int | None]:
    """Kinds of frames that still come, and what it is closed with."""
    kinds: list[str] = []
    try:
        while True:
            kinds.append(json.loads(socket.recv(timeout=10))["type"])
    except ConnectionClosed as closed:
        return kinds, closed.rcvd.code if closed.rcvd is not None else None
