"""Firefox without a screen, steered by WebDriver BiDi, as Playwright drives none of Debian's."""

import base64
import itertools
import json
import socket
import subprocess
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

from tests.support.live import free_port
from tests.support.waiting import wait_until

ANSWERS_WITHIN_S = 30.0


class Firefox:
    """One browser with one page, in a profile of its own."""

    def __init__(self, folder: Path) -> None:
        self._profile = folder / "firefox"
        self._port = free_port()
        self._numbers = itertools.count(1)
        self._ends = ExitStack()
        self._page = ""

    def __enter__(self) -> Self:
        self._profile.mkdir()
        process = subprocess.Popen(
            ["firefox-esr", "--headless", "--no-remote", "--profile", str(self._profile),
             f"--remote-debugging-port={self._port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with ExitStack() as ends:
            ends.callback(process.wait, 20)
            ends.callback(process.terminate)
            self._socket = ends.enter_context(self._connection())
            self._ask("session.new", capabilities={})
            self._page = self._ask("browsingContext.getTree")["contexts"][0]["context"]
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def open(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._page, url=url, wait="interactive")

    def tells(self, expression: str) -> Any:
        """Return the value of an expression that is a number, a text, a truth value, or nothing."""
        told = self._ask(
            "script.evaluate", expression=expression, target={"context": self._page},
            awaitPromise=True,
        )  # fmt: skip
        assert told["type"] == "success", told
        return told["result"].get("value")

    def screenshot(self, path: Path) -> None:
        shot = self._ask("browsingContext.captureScreenshot", context=self._page)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _connection(self) -> AbstractContextManager[ClientConnection]:
        """Return a connection to open, once Firefox listens."""
        wait_until(self._listens, 40, "Firefox")
        return connect(f"ws://127.0.0.1:{self._port}/session", max_size=1 << 24)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), 5).close()
        except OSError:
            return False
        return True

    def _ask(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:  # events come between
            told = json.loads(self._socket.recv(timeout=ANSWERS_WITHIN_S))
            if told.get("id") == number:
                assert told["type"] == "success", told
                return told["result"]
