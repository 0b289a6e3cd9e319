"""The casts of rehearsals as processes: an audience that shared the server's interpreter would slow
down what it measures."""

import os
import subprocess
import sys

from showfloor.kernel.errors import Unavailable
from showfloor.rehearsals import ports


class CastProcesses:
    """A component of a process, and `rehearsals.ports.Casts`. A cast that outlives its server gives
    up by itself."""

    def __init__(self) -> None:
        self._port = 0
        self._running: list[subprocess.Popen[bytes]] = []

    async def start(self) -> None:
        ports.use(self)

    async def stop(self) -> None:
        ports.use(None)
        for one in self._running:
            one.terminate()

    def serving_on(self, port: int) -> None:
        self._port = port

    def send(self, rehearsal_id: str) -> None:
        if not self._port:
            raise Unavailable("The server does not answer yet.")
        self._running = [one for one in self._running if one.poll() is None]
        self._running.append(
            subprocess.Popen(  # noqa: S603 - our own command, with an id of ours
                [sys.executable, "-m", "showfloor.roles.cli", "rehearse", rehearsal_id],
                env={**os.environ, "PORT": str(self._port)}, stdin=subprocess.DEVNULL,
            )
        )  # fmt: skip
