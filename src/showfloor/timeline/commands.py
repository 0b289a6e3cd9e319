"""Commands: what a person sends to a show, over a socket or by a request. No Django here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from showfloor.accounts.tokens import Claims


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a person. The client makes the `id`; a command that is sent twice is done
    once."""

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
    """The way in which commands are gathered into one transaction."""

    PROMPT = "prompt"  # all commands that wait when the writer is free
    TICKED = "ticked"  # all commands within a tick, which become one entry


# Performs commands of one kind in one show, in one transaction; one outcome for each, in order.
type Perform = Callable[[str, Sequence[Command]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class CommandKind:
    """One kind of command, declared by its room. `body` is a TypedDict."""

    name: str
    lane: Lane
    body: type
    perform: Perform
    doc: str
