"""Clients that follow a timeline by GET: each asks for the next tick, waits, and asks again.

Raw HTTP/1.1 over kept connections on uvloop, so that thousands cost one process. They obey lines:

    begin COUNT TICK      so many clients ask for this tick; answered when all have asked
    behind SEQ MS         wait until everyone has this entry; answered with how many lack it
    records PATH          write what arrived, as `ARRIVAL`s, to a file
    report                answered with names and values in turn

`python -m benchmarks.polling_clients PORT PATH`
"""

import asyncio
import re
import struct
import sys
import time
from pathlib import Path
from typing import Any, Final, override

import uvloop

from benchmarks import rig

ARRIVAL: Final = struct.Struct("=IIIQ")  # client, first and last entry, monotonic nanoseconds
OPENING_AT_ONCE: Final = 100
AGAIN_S: Final = 0.5
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)\r\n")
_SPAN: Final = re.compile(rb'"tick":(\d+),"from":(\d+),"to":(\d+)')


class PollingClients:
    """All clients, and what they have seen."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self.path = path
        self.clients: list[Client] = []
        self.arrivals = bytearray()
        self.counts = {"asked": 0, "answered": 0, "refused": 0, "lost": 0, "gaps": 0}

    async def begin(self, count: int, tick: int) -> None:
        for start in range(0, count, OPENING_AT_ONCE):
            fresh = [
                Client(self, number, tick)
                for number in range(start, min(start + OPENING_AT_ONCE, count))
            ]
            self.clients += fresh
            await asyncio.gather(*(client.open() for client in fresh))

    def keep(self, path: Path) -> None:
        """Write what has arrived since the last call to a file."""
        path.write_bytes(self.arrivals)
        self.arrivals.clear()

    async def behind(self, seq: int, within_s: float) -> int:
        end = time.monotonic() + within_s
        while True:
            count = sum(client.seq < seq for client in self.clients)
            if not count or time.monotonic() > end:
                return count
            await asyncio.sleep(0.05)


class Client(asyncio.Protocol):
    """One client: it has one request open at any time."""

    def __init__(self, polling: PollingClients, number: int, tick: int) -> None:
        self.seq = 0
        self._polling = polling
        self._number = number
        self._tick = tick  # asked for
        self._read = b""
        self._opening: asyncio.Future[None] | None = None
        self._transport: Any = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self._polling.port)

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    @override
    def data_received(self, data: bytes) -> None:
        self._read += data
        head_end = self._read.find(b"\r\n\r\n")
        if head_end < 0:
            return
        length = _LENGTH.search(self._read, 0, head_end + 2)
        assert length is not None, self._read[:head_end]
        end = head_end + 4 + int(length[1])
        if len(self._read) >= end:
            answer, self._read = self._read[:end], self._read[end:]
            self._take(answer)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._polling.counts["lost"] += 1
        self._read = b""
        asyncio.get_running_loop().call_later(AGAIN_S, self._open_again)

    def _open_again(self) -> None:
        self._opening = asyncio.ensure_future(self.open())

    def _ask(self) -> None:
        self._polling.counts["asked"] += 1
        self._transport.write(
            b"GET %s/ticks/%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            % (self._polling.path.encode(), self._tick)
        )

    def _take(self, answer: bytes) -> None:
        counts = self._polling.counts
        span = _SPAN.search(answer) if answer.startswith(b"HTTP/1.1 200 ") else None
        if span is None:
            counts["refused"] += 1
            asyncio.get_running_loop().call_later(AGAIN_S, self._ask)
            return
        counts["answered"] += 1
        tick, first, last = int(span[1]), int(span[2]), int(span[3])
        counts["gaps"] += tick != self._tick or (self.seq > 0 and first != self.seq + 1)
        self._polling.arrivals += ARRIVAL.pack(self._number, first, last, time.monotonic_ns())
        self.seq, self._tick = last, tick + 1
        self._ask()


async def obey(polling: PollingClients) -> None:
    """Obey the measuring process until it is gone."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("ready", flush=True)
    while line := await reader.readline():
        word, *rest = line.decode().split()
        if word == "begin":
            await polling.begin(int(rest[0]), int(rest[1]))
            print(f"begun {len(polling.clients)}", flush=True)
        elif word == "behind":
            print(f"behind {await polling.behind(int(rest[0]), int(rest[1]) / 1000)}", flush=True)
        elif word == "records":
            polling.keep(Path(rest[0]))
            print("written", flush=True)
        else:
            told = " ".join(f"{name} {value}" for name, value in polling.counts.items())
            print(f"report {told}", flush=True)


if __name__ == "__main__":
    rig.enough_files()
    uvloop.run(obey(PollingClients(int(sys.argv[1]), sys.argv[2])))
