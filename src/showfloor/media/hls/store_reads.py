"""Reads that wait for another server have threads of their own, so that one that does not answer
holds up no read of a live show."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from showfloor.kernel.errors import Unavailable

THREADS: Final = 16
WAITING_MAX: Final = 128  # reads; a player asks again

_threads: Final = ThreadPoolExecutor(THREADS, thread_name_prefix="store-reads")
_waiting = 0


async def run(read: Callable[[], bytes]) -> bytes:
    """Return what `read` returns; Unavailable while too many others wait. For the event loop
    only."""
    global _waiting
    if _waiting >= WAITING_MAX:
        raise Unavailable("Too many read recordings at once.")
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, read)
    finally:
        _waiting -= 1
