"""Waiting for a condition with a deadline, so that no test sleeps a fixed time."""

import asyncio
import time
from collections.abc import Callable

POLL_S = 0.02


def wait_until[T](condition: Callable[[], T], timeout_s: float = 10.0, what: str = "") -> T:
    """The condition's first truthy value; AssertionError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"still not so after {timeout_s} s: {what or condition}"
        time.sleep(POLL_S)


async def await_until[T](condition: Callable[[], T], timeout_s: float = 10.0, what: str = "") -> T:
    """The same without blocking the event loop."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"still not so after {timeout_s} s: {what or condition}"
        await asyncio.sleep(POLL_S)


async def pace(seconds: float) -> None:
    """Sleep between repeated actions of a simulated person; no test waits for a result by it."""
    await asyncio.sleep(seconds)
