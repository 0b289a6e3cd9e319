"""The port of SRT: what waits for one show's encoder at a port of its own."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from showfloor.media.packets import SourceItem


@dataclass(frozen=True, slots=True)
class SrtPlace:
    """The place of one show: its UDP port, and the secrets of its encoder."""

    channel_id: str
    port: int
    key: str = field(repr=False)  # the stream key, for the admission
    passphrase: str = field(repr=False)  # of the encryption (AES), 10 to 64 characters


class SrtReceiver(Protocol):
    """Takes one encoder, and is used once."""

    def items(self, place: SrtPlace, on_refused: Callable[[], None]) -> AsyncGenerator[SourceItem]:
        """Wait for an encoder with the right pass phrase and yield what it sends, until it leaves;
        `on_refused` is called for each one with a wrong pass phrase. OSError when nothing can be
        taken."""

    async def close(self) -> None:
        """End, also in the middle. Bounded in time."""
