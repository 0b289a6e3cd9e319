"""The end of a child process that was told to end."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress


async def end_or_kill(
    child: asyncio.subprocess.Process, ended: Awaitable[object], within_s: float
) -> bool:
    """Wait for `ended`, and kill a child for which it lasts longer than `within_s` seconds. Return
    whether it ended by itself."""
    try:
        async with asyncio.timeout(within_s):
            await ended
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        return False
    return True
