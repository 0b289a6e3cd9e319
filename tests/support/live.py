"""A real `showfloor serve`, `web` or `edge` in a process of its own, with a folder and ports of
its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from tests.support import migrated
from tests.support.script_host import ScriptHost
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 40.0
_CLI = "from showfloor.roles import cli\nraise SystemExit(cli.main())"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class LiveServer:
    """One installation: `start`, `stop`, `kill` and start again on the same data."""

    data_dir: Path
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    rtmp_port: int = field(default_factory=free_port)
    role: str = "serve"
    prelude: str = ""  # code that the server's process runs first
    process: "subprocess.Popen[bytes] | None" = None
    _host: ScriptHost | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def rtmp_url(self) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp_port}/live"

    @property
    def log_path(self) -> Path:
        return self.data_dir / f"{self.role}.log"

    def env(self) -> dict[str, str]:
        """The environment of a machine that has only what we set."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SHOWFLOOR_")}
        kept.pop("DATABASE_URL", None)
        return kept | {
            "PYTHONPATH": str(ROOT / "src"),
            "DJANGO_SETTINGS_MODULE": "showfloor.site.settings",
            "SHOWFLOOR_DATA_DIR": str(self.data_dir),
            "SHOWFLOOR_PAYMENT_PROVIDER": "test",
            "SHOWFLOOR_BASE_URL": self.url,
            "SHOWFLOOR_RTMP_URL": self.rtmp_url,
            "SHOWFLOOR_DEMO": "1",
            "SHOWFLOOR_DISK_RESERVE_MB": "64",
            "SHOWFLOOR_BROADCASTS_MAX": "8",  # however small the machine is
            "PORT": str(self.port),
            "RTMP_PORT": str(self.rtmp_port),
            **self.environ,
        }

    def migrate(self) -> None:
        """Make the database with every migration, as `showfloor migrate` does."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        url, path = self.environ.get("DATABASE_URL"), self.data_dir / "showfloor.sqlite3"
        if migrated.lay_down_postgres(url) if url else migrated.lay_down(path):
            return
        self.run("migrate")
        if url:
            migrated.keep_postgres(url)
        else:
            migrated.keep(path)

    def run(self, *arguments: str, **environ: str) -> str:
        """Run `showfloor …` to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "showfloor.roles.cli", *arguments],
            env={**self.env(), **environ}, cwd=self.data_dir, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def python(self, script: str, *arguments: str, timeout_s: float = 120) -> str:
        """Run a script in this installation, in a process of its own, and return what it printed.
        Django is ready there."""
        done = self._script_host().run(script, arguments, timeout_s)
        assert done.status == 0, f"{script}: {done.out}\n{done.err}"
        return done.out

    def set_up(self, brand: str, owner: str, password: str) -> None:
        """Do as `showfloor setup` does."""
        words = ["setup", "--brand", brand, "--owner", owner]
        self.python(
            "import os, sys\nfrom showfloor.roles import cli\n"
            f"os.environ['SHOWFLOOR_OWNER_PASSWORD'] = {password!r}\n"
            f"if cli.main({words!r}): raise SystemExit(1)"
        )

    def _script_host(self) -> ScriptHost:
        environ = self.env()
        if self._host is None or self._host.environ != environ:
            if self._host is not None:
                self._host.close()
            self._host = ScriptHost(environ, self.data_dir)
            weakref.finalize(self, self._host.close)
        return self._host

    def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                ending_with_us([sys.executable, "-c", f"{self.prelude}\n{_CLI}", self.role]),
                env=self.env(), cwd=self.data_dir, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            wait_until(self._ready, START_WITHIN_S, f"it to answer; see {self.log_path}")
        except BaseException:
            self.kill()
            raise

    def stop(self) -> int:
        """Ask the server to stop, as a service manager does, and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def get(self, path: str, host: str = "") -> str:
        """Return what an anonymous visitor gets at `path`; raise HTTPError unless it succeeds.
        `host`: the host name that they asked for."""
        asked = urllib.request.Request(self.url + path, headers={"Host": host} if host else {})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return str(answer.read().decode())

    def get_or_empty(self, path: str) -> str:
        """Return the same, or empty bytes where nothing exists yet."""
        try:
            return self.get(path)
        except urllib.error.HTTPError as error:
            error.close()
            return ""

    def get_json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log_path.read_text()[-4000:]
        try:
            return self.get_json("/healthz")["status"] == "ok"  # type: ignore[no-any-return]
        except OSError:
            return False

    def _end(self, sign: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(sign)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise
        finally:
            self.process = None
