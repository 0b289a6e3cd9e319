"""One edge process as the product runs it, with ports that cost nothing of their own.

The product's HTTP server, sockets, hub, feed and fan-out run on uvloop. The log is in memory and
cuts ticks by the rules of the real one, the authorizer checks a signed token and asks no database,
and commands are not taken. At each line `pass` the process writes `ENTRIES` messages of `TEXT` to
the log, and wakes the hub.

`python -m benchmarks.edge_process ENTRIES TEXT`
"""

import json
import sys

import uvloop

from benchmarks import rig, texts
from benchmarks.contest import Runner
from benchmarks.memory_log import MemoryLog
from benchmarks.orders import obey
from showfloor.accounts.tokens import BadToken, Claims, TokenSigner
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.fanout.hub import Hub
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.websocket.connection import protocol
from showfloor.edge.websocket.registry import ConnectionRegistry
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel import settings
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.roles.http import HttpServer
from showfloor.timeline.bus import Bus
from showfloor.timeline.log import NewEntry

TIMELINE, BRAND, SLUG = "measured", "brand", "measured"
SIGNER = TokenSigner("a key of the benchmarks")


def ours(entries: int = 1, text: str | None = None) -> Runner:
    """Return the product as a runner of a contest; without a text one entry makes a frame of
    300 bytes."""
    if text is None:
        bare = len(texts.tick([texts.message(1, "")])) + 4
        text = texts.padding(texts.FRAME_300_B - bare)
    command = rig.python("benchmarks.edge_process", str(entries), text)
    return Runner("ours", command, f"/timeline/{SLUG}", hello=True)


def guest_tokens(count: int) -> list[str]:
    """Return tokens of so many guests, with names of their own, 25 behind each network."""
    now = utc_now()
    return [
        SIGNER.issue(Claims(f"g:{new_id()}", BRAND, f"Guest {n}", (), f"network-{n // 25}"), now)
        for n in range(count)
    ]


class OpenAuthorizer:
    """`edge.ports.Authorizer`: a client with a valid token, or without one, may come in."""

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        if slug != SLUG:
            raise AdmissionDenied(CloseCode.NO_SHOW, "no such show")
        if token is None:
            return Admission(TIMELINE, BRAND), Claims("g:", BRAND)
        return Admission(TIMELINE, BRAND), self._claims(token)

    def known(self, slug: str, token: str) -> tuple[str, Claims] | None:
        return None

    def renew(self, claims: Claims, token: str) -> Claims:
        return self._claims(token)

    def _claims(self, token: str) -> Claims:
        try:
            return SIGNER.verify(token, utc_now())
        except BadToken as error:
            raise AdmissionDenied(CloseCode.BAD_TOKEN, str(error)) from None


class Snapshots:
    """`edge.ports.Snapshots`: a show that has a position and nothing else."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def snapshot(self, timeline_id: str) -> bytes:
        head = await self._log.head(timeline_id)
        return json.dumps({"timeline": {"seq": head.seq, "epoch": head.epoch}}).encode()


async def no_pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer no HTTP request: only sockets are measured here."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def main(entries: int, text: str) -> None:
    log, bus = MemoryLog(TIMELINE), Bus()
    hub = Hub(log, bus, log, Snapshots(log))
    sockets = ConnectionRegistry(hub, OpenAuthorizer(), lambda _origin, _host: True)
    hub.start()
    server = HttpServer(settings.load({"PORT": "0"}), no_pages, protocol(sockets))
    message = texts.message(1, text)
    new = [NewEntry(message["kind"], message["body"])] * entries

    def write() -> None:
        log.append(new)
        bus.wake(TIMELINE)

    async def beside() -> None:
        await obey(write)
        server.stop()
        server.stop()

    await server.serve(lambda port: print(f"ready {port}", flush=True), beside)


if __name__ == "__main__":
    rig.enough_files()
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
