"""A viewer as the fan-out sees it: a cursor and a state."""

import socket
from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol


class State(IntEnum):
    """The state of a viewer."""

    OUT = 0
    IN_GROUP = 1  # has everything, and nothing waits in the transport
    JOINING = 2  # the same; it joins the group after the present pass
    BLOCKED = 3  # bytes wait in the transport
    WAITING = 4  # for the log, for a snapshot, or for the group to get as far


class Transport(Protocol):
    """The part of an asyncio transport that the fan-out uses."""

    def write(self, data: bytes | memoryview, /) -> None: ...
    def writelines(self, datas: Sequence[bytes], /) -> None: ...
    def is_closing(self) -> bool: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...
    def get_write_buffer_size(self) -> int: ...


class Viewer:
    """One viewer of many thousands, so it has no dictionary, no task and no queue."""

    __slots__ = (
        "cursor", "full", "skipped_at", "skips", "slot", "sock", "stalled_at", "state", "transport",
        "unsent_from",
    )  # fmt: skip

    transport: Transport
    sock: socket.socket  # of the transport's file; detached before that is closed

    def __init__(self) -> None:
        self.cursor = 0  # the last entry sent to it; in the group, the group's `sent` counts
        self.full = False  # staff: without thinning
        self.state = State.OUT
        self.slot = -1  # in the group
        self.stalled_at = 0.0  # when it became blocked, monotonic
        self.unsent_from = 0  # waiting bytes in the transport are of entries after this one
        self.skips = 0
        self.skipped_at = 0.0  # time of the first of them, monotonic

    def disconnect(self, code: int, reason: str) -> None:
        """End the connection with this close code."""
        raise NotImplementedError
