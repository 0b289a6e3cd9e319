"""Commands that viewers send about polls."""

from collections.abc import Sequence
from typing import TypedDict

from showfloor.community import command_batches
from showfloor.community.polls import services
from showfloor.community.polls.services import Vote
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class VoteIn(TypedDict):
    """`options`: positions; none takes the vote back. Voting again replaces the vote."""

    poll_id: str
    options: list[int]


def perform(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    return services.vote(show_id, commands, command_batches.bodies_of(show_id, commands, _read))


def _read(command: Command) -> Vote:
    return Vote(**command_bodies.read(command.body, VoteIn))


COMMANDS = (
    CommandKind(
        "vote", Lane.TICKED, VoteIn, perform,
        "Vote in a poll, vote differently or take the vote back, while it is open.",
    ),
)  # fmt: skip
