"""Low-latency players of a show's video, as far as a server sees them: blocking reloads and parts,
on one connection each."""

import asyncio
import re
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Connection:
    """One connection that is kept. Nothing is compressed."""

    host: str
    port: int
    reader: asyncio.StreamReader = field(init=False)
    writer: asyncio.StreamWriter = field(init=False)

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(
            self.host, self.port, limit=1 << 20
        )

    async def get(self, path: str) -> tuple[int, bytes]:
        """Return the status and the body."""
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        found = _LENGTH.search(head)
        body = await (self._chunks() if found is None else self.reader.readexactly(int(found[1])))
        return int(head[9:12]), body

    async def _chunks(self) -> bytes:
        """Return a body that a cache passes on while it still comes (RFC 9112, 7.1)."""
        body = bytearray()
        while size := int((await self.reader.readline()).partition(b";")[0], 16):
            body += await self.reader.readexactly(size)
            await self.reader.readline()
        await self.reader.readline()
        return bytes(body)

    def close(self) -> None:
        self.writer.close()


@dataclass(slots=True)
class Seen:
    """What all players asked for. `failed`: responses that were not 200."""

    addresses: set[str] = field(default_factory=set)
    requests: int = 0
    failed: int = 0


async def play(connection: Connection, folder: str, rung: str, lasts_s: float, seen: Seen) -> None:
    """Follow a rung: each part as soon as a playlist has it."""

    async def ask(path: str) -> str:
        status, body = await connection.get(path)
        seen.addresses.add(path)
        seen.requests += 1
        seen.failed += status != 200
        return body.decode("latin-1") if path.partition("?")[0].endswith(".m3u8") else ""

    text = await ask(f"{folder}/{rung}.m3u8")
    async with asyncio.timeout(None) as limit:
        limit.reschedule(asyncio.get_running_loop().time() + lasts_s)
        while True:
            msn, part = next_part(text, rung)
            text = await ask(f"{folder}/{rung}.m3u8?_HLS_msn={msn}&_HLS_part={part}")
            if uri := newest_part(text):
                await ask(f"{folder}/{uri}")


def newest_part(text: str) -> str:
    at = text.rfind("#EXT-X-PART:")
    begin = text.find('URI="', at) + 5
    return text[begin : text.index('"', begin)] if at >= 0 else ""


def next_part(text: str, rung: str) -> tuple[int, int]:
    """Return the segment and the part that the preload hint names."""
    found = re.search(rf'HINT:TYPE=PART,URI="\d+/{rung}/(\d+)\.(\d+)\.m4s"', text)
    assert found is not None, "no hint"
    return int(found[1]), int(found[2])
