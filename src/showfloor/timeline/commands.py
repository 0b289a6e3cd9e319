"""Commands: what a person sends to a show or to a brand's shop, over a socket or by a request. No
Django here."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from showfloor.accounts.tokens import Claims
from showfloor.timeline.served_pictures import ServedPictures


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a person. The client makes the `id`; a command that is sent twice is done
    once."""

    id: str
    name: str
    body: Mapping[str, Any]
    claims: Claims
    show_id: str  # empty for a command that came from no show
    language: str = ""  # for the sentences of a problem; empty: the brand's
    accept_language: str = ""  # the header of the request, where it came by one
    arrived_ms: int = 0  # Unix time at the edge; 0: not told
    pictures: ServedPictures | None = None  # what this process served to the sender's player


@dataclass(frozen=True, slots=True)
class Step:
    """What a command waits for outside of any transaction. `ask` is called in a thread of its own;
    what it returns is `told` of the command `name`, which goes on with it, beside `body`. `waits`:
    False for an `ask` that computes for a moment and needs no such thread."""

    name: str
    ask: Callable[[], Any]
    body: Mapping[str, Any] = field(default_factory=dict)
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seq` of the entry it became, or None. `problem` is None when it was done, else the members
    of an RFC 9457 problem (`status`, `code`, `detail`, …). `replayed`: the answer is that of an
    earlier command with the same id."""

    seq: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    problem: Mapping[str, Any] | None = None
    replayed: bool = False
    next_step: Step | None = None  # the command is not done yet


class Lane(StrEnum):
    """The way in which commands are gathered into one transaction."""

    PROMPT = "prompt"  # all commands that wait when the writer is free
    TICKED = "ticked"  # all commands within a tick, which become one entry
    NEXT = "next"  # as prompt, and never behind those who have no goods yet


class Scope(StrEnum):
    """The place whose commands are gathered into one transaction."""

    SHOW = "show"
    BRAND = "brand"  # stock is the brand's, whichever show or page the buyer sees


# Performs commands of one kind in one place (the id of a show or a brand, as the kind's scope
# says), in one transaction; one outcome for each, in order.
type Perform = Callable[[str, Sequence[Command]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class CommandRoute:
    """An operation of the API that is this command, so that it takes no thread of Django's. `read`
    makes a body of the request's address and JSON, or returns None for one that is not as the API
    says: that is left to the API, which says what is wrong. `answer`: the key of the result that is
    the answer. `has_key`: the request carries an idempotency key."""

    method: str
    path: re.Pattern[str]
    read: Callable[[re.Match[str], Mapping[str, Any]], Mapping[str, Any] | None]
    status: int
    answer: str
    has_key: bool = True


@dataclass(frozen=True, slots=True)
class SignedRoute:
    """An operation of the API that a service calls, whose signature stands for a token. `read` is
    called in a thread without a database, with the headers and the body; it returns what the kind
    gets as `told`, or the outcome. `waits`: whether `read` of an address may wait for anything; if
    not, it needs no thread."""

    path: re.Pattern[str]
    read: Callable[[re.Match[str], Mapping[str, str], bytes], Any]
    bytes_max: int
    answer: str
    waits: Callable[[re.Match[str]], bool]


@dataclass(frozen=True, slots=True)
class CommandKind:
    """One kind of command, declared by its room. `body` is a TypedDict."""

    name: str
    lane: Lane
    body: type
    perform: Perform
    doc: str
    scope: Scope = Scope.SHOW
    route: CommandRoute | None = None
    signed: SignedRoute | None = None
    is_inner: bool = False  # a step that follows from another command; nobody can send it

    def place_of(self, command: Command) -> str:
        """Return the key of the queue that the command waits in."""
        if self.scope is Scope.SHOW:
            return command.show_id
        brand_id = command.claims.brand
        return f"{brand_id}/{self.lane.value}" if self.lane is Lane.NEXT else brand_id
