"""Reading what an FFmpeg child writes as FLV on its stdout."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from showfloor.media.flv.errors import FlvError
from showfloor.media.flv.packets import PacketReader
from showfloor.media.flv.tags import FlvReader
from showfloor.media.packets import SourceItem

CHUNK_BYTES: Final = 1 << 16
KILL_TIMEOUT_S: Final = 3.0
# FFmpeg learns AAC's configuration from the first frame, and writes an empty one before that.
UNKNOWN_AAC: Final = b"\xaf\x00"


def flv_to(descriptor: int) -> list[str]:
    """Return FFmpeg's arguments for an output as FLV, each packet as soon as it is there."""
    flags = ["-flvflags", "no_duration_filesize", "-flush_packets", "1"]
    return ["-f", "flv", *flags, f"pipe:{descriptor}"]


async def items_of(child: asyncio.subprocess.Process) -> AsyncGenerator[SourceItem]:
    """Yield what comes until the child's end; OSError for what cannot be taken."""
    assert child.stdout is not None
    tags, packets = FlvReader(), PacketReader()
    while data := await child.stdout.read(CHUNK_BYTES):
        try:
            known = (tag for tag in tags.feed(data) if tag.payload != UNKNOWN_AAC)
            found = [item for tag in known for item in packets.take(tag)]
        except FlvError as error:
            raise OSError(f"what came cannot be taken: {error}") from None
        for item in found:
            yield item


async def end(child: asyncio.subprocess.Process, within_s: float = KILL_TIMEOUT_S) -> None:
    """Kill the child and wait for it, for so many seconds."""
    with suppress(ProcessLookupError):
        child.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await child.wait()
