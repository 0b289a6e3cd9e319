"""Slices of rooms that take part in shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from showfloor.kernel.slices import Slice
from showfloor.shows.models import Show
from showfloor.timeline.commands import CommandKind
from showfloor.timeline.kinds import EntryKind


def _nothing(_show: Show) -> Mapping[str, Any]:
    return {}


def _nothing_of_theirs(_show: Show, _subject: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class ShowSlice(Slice):
    """A slice with entries on timelines, commands of viewers, or a part of a show's snapshot.

    `kinds` stand on the public timeline, `backstage_kinds` on the one that staff follow,
    `private_kinds` on the stream of one person. `snapshot` and `mine` return the slice's keys of
    what everyone sees, and of what the person of a `sub` sees beside it.
    """

    kinds: Sequence[EntryKind] = ()
    backstage_kinds: Sequence[EntryKind] = ()
    private_kinds: Sequence[EntryKind] = ()
    commands: Sequence[CommandKind] = ()
    snapshot: Callable[[Show], Mapping[str, Any]] = _nothing
    mine: Callable[[Show, str], Mapping[str, Any]] = _nothing_of_theirs
