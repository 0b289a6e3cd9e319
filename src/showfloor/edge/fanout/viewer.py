"""What the fan-out keeps of one connection: a cursor, and where it stands."""

import socket
from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol


class State(IntEnum):
    """Where a viewer stands."""

    OUT = 0
    IN_GROUP = 1  # has everything, and nothing waits in the transport
    JOINING = 2  # the same; of the group when its present pass is over
    BLOCKED = 3  # bytes wait in the transport
    WAITING = 4  # for the log, a snapshot, or the group, which is not that far


class Transport(Protocol):
    """As much of an asyncio transport as the fan-out uses."""

    def write(self, data: bytes | memoryview, /) -> None: ...
    def writelines(self, datas: Sequence[bytes], /) -> None: ...
    def is_closing(self) -> bool: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...
    def get_write_buffer_size(self) -> int: ...


class Viewer:
    """One of many thousands: no dictionary, no task, no queue."""

    __slots__ = (
        "cursor", "full", "skipped_at", "skips", "slot", "sock", "stalled_at", "state", "transport",
        "unsent_from",
    )  # fmt: skip

    transport: Transport
    sock: socket.socket  # for the transport's own file, and detached from it before that is closed

    def __init__(self) -> None:
        self.cursor = 0  # the last entry it was given; in the group the group's counts
        self.full = False  # staff: without thinning
        self.state = State.OUT
        self.slot = -1  # in the group
        self.stalled_at = 0.0  # when it was blocked, monotonic
        self.unsent_from = 0  # bytes that wait in the transport are of entries after this one
        self.skips = 0
        self.skipped_at = 0.0  # the first of them, monotonic

    def disconnect(self, code: int, reason: str) -> None:
        """End the connection with this close code."""
        raise NotImplementedError
