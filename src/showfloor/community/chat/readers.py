"""Rooms above that read what people say, in the transaction that posts it.

Only messages that are shown are read: one that waits for a moderator is read when it is approved,
one that its author alone sees never. A message that is sent twice is read once.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from showfloor.shows.models import Show


@dataclass(frozen=True, slots=True)
class Said:
    """A message that is about to be shown. `author`: a token's `sub`; `language`: what the author
    reads, empty for the brand's."""

    message_id: str
    author: str
    text: str
    language: str = ""


# Gets the locked show, writes what follows, and returns the ids of messages that the chat does not
# show to others.
type Reader = Callable[[Show, Sequence[Said]], Collection[str]]
_readers: list[Reader] = []


def register(reader: Reader) -> None:
    if reader not in _readers:
        _readers.append(reader)


def read(show: Show, said: Sequence[Said]) -> set[str]:
    """Let all readers read messages of the locked show, in the open transaction; return the ids of
    those that stay between their author and the brand."""
    if not said:
        return set()
    return {message_id for reader in _readers for message_id in reader(show, said)}
