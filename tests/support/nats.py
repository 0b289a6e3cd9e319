"""A real `nats-server` from its wheel: started, killed, started again on the same port."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.live import free_port
from tests.support.waiting import wait_until

SERVER = Path(sys.executable).with_name("nats-server")
CLUSTER = "tests"


class NatsServer:
    """One node. `routes`: the cluster ports of the nodes it joins."""

    def __init__(self, folder: Path, routes: tuple[int, ...] = ()) -> None:
        self.port = free_port()
        self.cluster_port = free_port()
        self._routes = routes
        self._log = folder / f"nats-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server unless it runs."""
        if self._process is not None:
            return
        command = [str(SERVER), "-a", "127.0.0.1", "-p", str(self.port), "-l", str(self._log)]
        if self._routes:
            others = ",".join(f"nats://127.0.0.1:{port}" for port in self._routes)
            own = f"nats://127.0.0.1:{self.cluster_port}"
            command += ["--cluster_name", CLUSTER, "--cluster", own, "--routes", others]
        self._process = subprocess.Popen(command)
        wait_until(self._answers, 10, f"nats-server; see {self._log}")

    def kill(self) -> None:
        """Kill the server as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """The server keeps its connections and answers nothing: a cut line looks like this."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self.thaw()
            self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(sign)
        self._process.wait(10)
        self._process = None

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
