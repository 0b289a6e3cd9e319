"""`showfloor restored`, beside a server that runs: who is connected begins anew."""

import json
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.roles.test_served import PEOPLE
from tests.support.live import LiveServer

APPEND = """
import sys
from showfloor.shows.models import Show
from showfloor.timeline import services
from showfloor.timeline.log import NewEntry
with services.write():
    services.append(Show.objects.all_brands().get().timeline_id, [NewEntry("said")] * 3)
"""


def test_connected_viewer_begins_anew_after_a_restore(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data")
    server.data_dir.mkdir(parents=True)
    server.migrate()
    assert "Running this again does no harm" in server.run("restored"), "with nothing to restore"
    owner = "owner@example.test"
    server.set_up("M", owner, "enough-123")
    made = json.loads(server.python(PEOPLE).splitlines()[-1])
    server.python(APPEND)
    server.start()
    try:
        address = f"{server.url.replace('http', 'ws')}/timeline/{made['slug']}"
        with connect(address) as socket:
            welcome, begun = hello(socket, made["staff_token"]), until(socket, "snapshot")
            assert "M: 2 timelines have a new epoch, 0 streams of persons" in server.run("restored")
            anew = until(socket, "snapshot")["snapshot"]["timeline"]
        assert begun["snapshot"]["timeline"]["epoch"] == welcome["epoch"] != anew["epoch"]
        with connect(address) as socket:  # one who was away meanwhile
            position = {"after": welcome["seq"], "epoch": welcome["epoch"]}
            assert hello(socket, made["staff_token"], **position)["epoch"] == anew["epoch"]
            assert until(socket, "snapshot")["snapshot"]["timeline"]["epoch"] == anew["epoch"]
    finally:
        server.stop()


def hello(socket: ClientConnection, token: str, **more: Any) -> dict[str, Any]:
    socket.send(json.dumps({"type": "hello", "token": token, **more}))
    return until(socket, "welcome")


def until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=10))
        if frame["type"] == kind:
            return frame
