"""Low-latency viewers of a show's video in a process of their own, cheap enough for thousands.

Each waits for the next part by a blocking reload, fetches it, and asks again, on one connection
that is kept; what a part holds is counted and not kept. The process obeys lines:

    more COUNT      so many viewers more; answered when each has got a part
    watch SECONDS   answered with the 95th percentile of the time of a part, ms, the parts and the
                    responses that were not 200

A part's time goes from the moment at which the first of all viewers knows of it to the moment at
which one viewer has it, so it holds the server's reloads, its parts, and this process.

`python -m benchmarks.hls_viewers PORT FOLDER RUNG,RUNG`
"""

import asyncio
import re
import sys
from functools import partial
from typing import Any, Final, override

import uvloop

from benchmarks import rig
from benchmarks.figures import percentile
from benchmarks.hls_clients import newest_part, next_part

BEGIN_WITHIN_S: Final = 20.0
_BUFFER: Final = bytearray(1 << 18)  # of all viewers: what is read is looked at before the next
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)\r\n")


class Audience:
    """All viewers, and when their parts came."""

    def __init__(self, port: int, folder: str, rungs: list[str]) -> None:
        self.port, self.folder, self.rungs = port, folder, rungs
        self.viewers: list[Viewer] = []
        self.known_at: dict[str, float] = {}  # by part: when the first viewer knew of it
        self.took_s: list[float] = []
        self.failed = 0

    async def more(self, count: int) -> int:
        """Return how many viewers have got a part."""
        loop = asyncio.get_running_loop()
        for _ in range(count):
            rung = self.rungs[len(self.viewers) % len(self.rungs)]
            _, viewer = await loop.create_connection(
                partial(Viewer, self, rung), "127.0.0.1", self.port
            )
            self.viewers.append(viewer)
        until = loop.time() + BEGIN_WITHIN_S
        while True:
            begun = sum(one.parts > 0 for one in self.viewers)
            if begun == len(self.viewers) or loop.time() > until:
                return begun
            await asyncio.sleep(0.1)

    async def watch(self, lasts_s: float) -> str:
        self.known_at.clear()
        self.took_s.clear()
        self.failed = 0
        await asyncio.sleep(lasts_s)
        p95_ms = 1000 * percentile(self.took_s, 0.95) if self.took_s else -1
        return f"{p95_ms} {len(self.took_s)} {self.failed}"


class Viewer(asyncio.BufferedProtocol):
    """One viewer: it has one request open at any time."""

    def __init__(self, audience: Audience, rung: str) -> None:
        self.parts = 0
        self._audience = audience
        self._rung = rung
        self._text = bytearray()  # of the response so far, without a part's body
        self._left: int | None = None  # bytes to come; None: the head is not complete
        self._part = ""  # that is asked for; empty: a playlist is
        self._reload = f"{audience.folder}/{rung}.m3u8"
        self._transport: Any = None
        self._loop = asyncio.get_running_loop()

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask(self._reload)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._audience.failed += 1

    @override
    def get_buffer(self, sizehint: int) -> bytearray:
        return _BUFFER

    @override
    def buffer_updated(self, nbytes: int) -> None:
        if self._left is None:
            self._text += memoryview(_BUFFER)[:nbytes]
            end = self._text.find(b"\r\n\r\n") + 4
            if end < 4:
                return
            length = _LENGTH.search(self._text, 0, end)
            assert length is not None, bytes(self._text[:end])
            self._left = int(length[1]) - (len(self._text) - end)
        else:
            if not self._part:
                self._text += memoryview(_BUFFER)[:nbytes]
            self._left -= nbytes
        if self._left == 0:
            self._take()

    def _take(self) -> None:
        text, part = bytes(self._text).decode("latin-1"), self._part
        self._text.clear()
        self._left, self._part = None, ""
        if not text.startswith("HTTP/1.1 200 "):
            self._audience.failed += 1
            self._loop.call_later(0.5, self._ask, f"{self._audience.folder}/{self._rung}.m3u8")
        elif part:
            self._took(part)
            self._ask(self._reload)
        else:
            msn, number = next_part(text, self._rung)
            playlist = f"{self._audience.folder}/{self._rung}.m3u8"
            self._reload = f"{playlist}?_HLS_msn={msn}&_HLS_part={number}"
            self._part = newest_part(text)
            self._audience.known_at.setdefault(self._part, self._loop.time())
            self._ask(f"{self._audience.folder}/{self._part}")

    def _took(self, part: str) -> None:
        self.parts += 1
        known_at = self._audience.known_at.get(part)
        if known_at is not None:  # None: the watch began after it
            self._audience.took_s.append(self._loop.time() - known_at)

    def _ask(self, path: str) -> None:
        self._transport.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())


async def obey(audience: Audience) -> None:
    """Obey the measuring process until it is gone."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("ready", flush=True)
    while line := await reader.readline():
        word, value = line.decode().split()
        told = audience.more(int(value)) if word == "more" else audience.watch(float(value))
        print(await told, flush=True)


if __name__ == "__main__":
    rig.enough_files()
    port, folder, rungs = sys.argv[1:]
    uvloop.run(obey(Audience(int(port), folder, rungs.split(","))))
