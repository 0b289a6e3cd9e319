"""Orders of the measuring process to a server, line by line on standard input."""

import asyncio
import os
import sys
from collections.abc import Callable


async def obey(order: Callable[[], object]) -> None:
    """Call `order` at each line, until the measuring process is gone: then the server ends, too.

    The loop's own reader does it, without a stream or a task, because its cost is in the figures.
    """
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    fd = sys.stdin.fileno()

    def read() -> None:
        lines = os.read(fd, 4096)
        if not lines:
            loop.remove_reader(fd)
            over.set_result(None)
        for _line in range(lines.count(b"\n")):
            order()

    loop.add_reader(fd, read)
    await over
