"""What the measuring process says to a server, line by line on standard input."""

import asyncio
import sys
from collections.abc import AsyncIterator


async def orders() -> AsyncIterator[str]:
    """The lines, until the measuring process is gone: then the server is to end, too."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode().strip()
