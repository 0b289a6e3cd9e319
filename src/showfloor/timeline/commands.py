"""What a person sends to a show, whichever way it comes. No Django here: the hot path speaks it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from showfloor.accounts.tokens import Claims


@dataclass(frozen=True, slots=True)
class Command:
    """What a person wants done. `id` is made by the client: sending it again does nothing twice."""

    id: str
    name: str
    body: Mapping[str, Any]
    claims: Claims
    show_id: str
    language: str = ""  # for the sentences of a problem; empty: the brand's


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seq` of the entry it became, or None. `problem` is None when it was done, else the members
    of an RFC 9457 problem (`status`, `code`, `detail`, …)."""

    seq: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    problem: Mapping[str, Any] | None = None


class Lane(StrEnum):
    """How commands are gathered into one transaction."""

    PROMPT = "prompt"  # whatever is waiting when the writer is free
    TICKED = "ticked"  # for the length of a tick: many become one entry


# Does commands of one kind in one show, in one transaction; as many outcomes, in the same order.
type Perform = Callable[[str, Sequence[Command]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class CommandKind:
    """One kind of command, declared by its room. `body` is a TypedDict."""

    name: str
    lane: Lane
    body: type
    perform: Perform
    doc: str
