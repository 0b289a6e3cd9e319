"""A real `showfloor serve` with one show that has started, pinned to the server's core."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override

from benchmarks import rig
from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from tests.support import law_script
from tests.support.live import START_WITHIN_S, LiveServer
from tests.support.waiting import wait_until

OWNER, PASSWORD = "owner@example.test", "enough-123"
# In the data folder, see benchmarks.counted_serve.
STATEMENTS, TEXTS = "statements.sock", "texts.sock"
MAKE_SHOW = (
    law_script.WAIVE
    + """
import json, sys
from showfloor.accounts.models import Brand, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
brand = Brand.objects.get()
show = shows.create_show(brand, shows.ShowDraft(title="Measured"))
shows.start(show, User.objects.get())
signer, now = token_signer(), utc_now()
def token(number):
    claims = Claims(f"g:{new_id()}", brand.pk, f"Guest {number}", (), f"net-{number}")
    return signer.issue(claims, now)
tokens = [token(number) for number in range(int(sys.argv[1]))]
print(json.dumps({"slug": show.slug, "timeline_id": show.timeline_id, "tokens": tokens}))
"""
)


@dataclass(frozen=True, slots=True)
class ServedShow:
    """A served installation with a show. `tokens`: those of guests, good for 15 minutes."""

    server: LiveServer
    slug: str
    timeline_id: str
    tokens: list[str]

    @property
    def pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    @property
    def path(self) -> str:
        return f"/timeline/{self.slug}"

    def head(self) -> dict[str, Any]:
        """Return `seq`, `epoch` and `tick` of the show's timeline."""
        head: dict[str, Any] = self.server.get_json(self.path)
        return head

    def command(self, token: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a guest's command by POST; return the answer."""
        ident = f"b-{time.monotonic_ns()}"
        request = urllib.request.Request(
            f"{self.server.url}{self.path}/commands",
            json.dumps({"id": ident, "name": name, "body": body}).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        return told

    def statements(self) -> dict[str, int]:
        """Return how often each SQL statement has run so far; only a counted server knows."""
        told: dict[str, int] = self._told(STATEMENTS)
        return told

    def statement_texts(self) -> list[str]:
        """Return the statements that have run so far, with their values, in their order."""
        told: list[str] = self._told(TEXTS)
        return told

    def _told(self, name: str) -> Any:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(10)
            asking.connect(str(self.server.data_dir / name))
            with asking.makefile("rb") as answer:
                return json.loads(answer.read())


class _Counted(LiveServer):
    """The same server in a composition that counts its SQL."""

    @override
    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                ending_with_us([sys.executable, "-m", "benchmarks.counted_serve"]),
                env=self.env(), cwd=self.data_dir, stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(self._ready, START_WITHIN_S, f"serve to answer; see {self.log_path}")


@contextmanager
def served_show(
    guests: int = 1, *, counted: bool = False, environ: Mapping[str, str] | None = None
) -> Iterator[ServedShow]:
    """Serve a show, with tokens for so many guests; remove it and its data at the end."""
    rig.enough_files()
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        path = os.pathsep.join([str(rig.ROOT / "src"), str(rig.ROOT)])
        kind = _Counted if counted else LiveServer
        # All its guests come from one address, which would be a flood.
        own = {"PYTHONPATH": path, "SHOWFLOOR_GUESTS_PER_NETWORK": "0"}
        server = kind(Path(folder) / "data", environ={**own, **(environ or {})})
        server.migrate()
        server.run("setup", "--brand", "M", "--owner", OWNER, SHOWFLOOR_OWNER_PASSWORD=PASSWORD)
        made = json.loads(server.python(MAKE_SHOW, str(guests)).splitlines()[-1])
        with rig.on_core(rig.SERVER_CORE):
            server.start()
        try:
            yield ServedShow(server, made["slug"], made["timeline_id"], made["tokens"])
        finally:
            server.stop()
