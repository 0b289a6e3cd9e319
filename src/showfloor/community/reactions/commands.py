"""Commands of reactions."""

from collections.abc import Sequence
from typing import TypedDict

from showfloor.community import command_batches
from showfloor.community.reactions import rules, services
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class ReactionsIn(TypedDict):
    """`session`: made by the page; `totals`: all it has sent so far, by sort."""

    session: str
    totals: dict[str, int]


def perform(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    return services.react(show_id, commands, command_batches.bodies_of(show_id, commands, _read))


def _read(command: Command) -> rules.Reactions:
    return rules.check(**command_bodies.read(command.body, ReactionsIn))


COMMANDS = (
    CommandKind(
        "reactions", Lane.TICKED, ReactionsIn, perform,
        "How many reactions the page has sent in all; the result says how many were `counted`.",
    ),
)  # fmt: skip
