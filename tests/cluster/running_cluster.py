"""One installation of several processes: PostgreSQL, NATS, `serve`, `web` and two `edge`s."""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.support import law_script
from tests.support.database import database
from tests.support.live import LiveServer
from tests.support.nats import NatsServer

HERE = Path(__file__).parent
PEOPLE = (
    """
import json
from django.core.management import call_command
from showfloor.accounts.models import Member, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from showfloor.accounts import setup
from showfloor.shows import services as shows
call_command("migrate", interactive=False, verbosity=0)
brand = setup.create_brand("M", "owner@example.test", "enough-123")
owner = User.objects.get()
"""
    + law_script.WAIVE
    + """
show = shows.create_show(brand, shows.ShowDraft(title="Evening", starts_at=utc_now()))
shows.start(show, owner)
user = User.objects.create_user("mia@example.test")
member = Member.objects.create(user=user, brand=brand, display_name="Mia")
def token(sub, *roles):
    return token_signer().issue(Claims(sub, brand.pk, "Name", roles, sub), utc_now())
print(json.dumps({"slug": show.slug, "timeline": show.timeline_id, "brand": brand.pk,
    "ana": token("g:ana"), "ben": token("g:ben"), "troll": token("g:troll"),
    "mia": token(f"m:{member.pk}"), "owner": token(f"u:{owner.pk}", "owner")}))
"""
)


@dataclass
class Cluster:
    """Everything that runs. Any of the edges may be killed and started again."""

    nats: NatsServer
    serve: LiveServer
    web: LiveServer
    edges: list[LiveServer]
    made: dict[str, str] = field(default_factory=dict)

    def address(self, server: LiveServer) -> str:
        return f"{server.url.replace('http', 'ws')}/timeline/{self.made['slug']}"

    def script(self, text: str) -> str:
        """Run it in a process that has no NATS, as a cron job or a shell would be."""
        return self.serve.python(text)

    @contextmanager
    def writer(self) -> Iterator["Writer"]:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "writer.py")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, cwd=self.serve.data_dir,
            env=self.serve.env() | {"TIMELINE": self.made["timeline"]},
        )  # fmt: skip
        try:
            yield Writer(process)
        finally:
            process.kill()
            process.communicate(timeout=10)


@dataclass
class Writer:
    process: "subprocess.Popen[str]"

    async def burst(self, count: int, pause_s: float) -> None:
        """Returns when all are written."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{count} {pause_s}\n")
        self.process.stdin.flush()
        said = await asyncio.to_thread(self.process.stdout.readline)
        assert said == "done\n"


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    with database("postgres") as environ:
        nats = NatsServer(folder)
        nats.start()
        environ |= {"SHOWFLOOR_SECRET_KEY": "secret-of-the-cluster", "SHOWFLOOR_NATS_URL": nats.url}
        serve = LiveServer(folder / "serve", environ)
        others = [
            LiveServer(folder / name, environ, role=role)
            for name, role in (("web", "web"), ("edge-1", "edge"), ("edge-2", "edge"))
        ]
        cluster = Cluster(nats, serve, others[0], others[1:])
        # Linux ends a child with the *thread* that has started it: these stay until the end.
        starters = ThreadPoolExecutor(4)
        try:
            serve.data_dir.mkdir(parents=True)
            cluster.made = json.loads(serve.python(PEOPLE).splitlines()[-1])
            for pair in ((serve, others[0]), others[1:]):  # more at once would take longer
                list(starters.map(LiveServer.start, pair))
            yield cluster
        finally:
            for server in (*others, serve):
                server.stop()
            nats.stop()
            starters.shutdown()


class Follower:
    """Follows the show at one of these addresses, and comes back at another when it is lost."""

    def __init__(self, addresses: Sequence[str], token: str | None = None) -> None:
        self._addresses = list(addresses)
        self._token = token
        self.seqs: list[int] = []
        self.others: list[dict[str, Any]] = []  # frames that are no entries
        self.codes: list[int] = []  # of the connections that were closed
        self.closed_at = 0.0
        self.joined = 0
        self._epoch, self._spread_s = "", 0.1
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def seq(self) -> int:
        return self.seqs[-1] if self.seqs else 0

    @property
    def count(self) -> dict[str, Any]:
        counts = [frame for frame in self.others if frame["type"] == "count"]
        return counts[-1] if counts else {}

    async def _run(self) -> None:
        while not self.codes or self.codes[-1] not in {4401, 4403, 4404}:
            try:
                async with connect(self._addresses[0], ping_interval=None) as socket:
                    await self._follow(socket)
            except ConnectionClosed as closed:
                self.closed_at = time.monotonic()
                self.codes.append(closed.rcvd.code if closed.rcvd is not None else 1006)
            except (OSError, InvalidHandshake, TimeoutError):
                self.codes.append(0)
            self._addresses.append(self._addresses.pop(0))
            await asyncio.sleep(random.uniform(0, self._spread_s))  # as it was told

    async def _follow(self, socket: ClientConnection) -> None:
        hello: dict[str, Any] = {"type": "hello", "after": self.seq, "epoch": self._epoch}
        if self._token is not None:
            hello["token"] = self._token
        await socket.send(json.dumps(hello))
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "entries":
                self.seqs += [entry["seq"] for entry in frame["entries"]]
                continue
            if frame["type"] == "welcome":
                self._epoch, self._spread_s = frame["epoch"], frame["retry_ms"] / 1000
                self.joined += 1
            self.others.append(frame)
