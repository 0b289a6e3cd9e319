"""The port to the process that recognises speech."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from showfloor.media.packets import AudioTrack

PAUSES_S: Final = (1.0, 5.0, 30.0)


@dataclass(frozen=True, slots=True)
class HeardWords:
    """Words, from one moment to another of the clock of the packets, ms."""

    text: str
    start_ms: int
    end_ms: int


class SpeechProcess(Protocol):
    """Recognises one language in one source after another. One instance, one process."""

    async def start(self) -> None:
        """Begin; OSError when that cannot be."""

    def track(self, track: AudioTrack) -> None:
        """Begin with a source, or with another decoder configuration."""

    def packet(self, at_ms: int, data: bytes) -> None:
        """Take a packet of the track; one that cannot be taken is dropped."""

    async def heard(self) -> HeardWords | None:
        """Return the next words; None when the process has ended. ValueError for what is none."""

    async def close(self) -> None:
        """End it. Bounded in time."""


@dataclass(frozen=True, slots=True)
class Said:
    """Words at their pictures. `cue_id` is of its own for each."""

    cue_id: str
    text: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ListeningTools:
    """What every listener of a process is made with. `wanted`: the language of a channel's show, or
    nothing; it asks the database. `say` writes captions: channel, language, words."""

    new_process: Callable[[str], SpeechProcess]  # by language
    wanted: Callable[[str], str]
    say: Callable[[str, str, Said], Awaitable[None]]
    pauses_s: Sequence[float] = PAUSES_S  # before a process that has ended is started again
