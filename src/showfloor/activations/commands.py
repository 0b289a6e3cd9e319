"""The command by which viewers take part in an activation point."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from showfloor.activations import answering
from showfloor.activations.answering import Answering
from showfloor.community import command_batches
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class TakePartIn(TypedDict):
    """`values`: by the names of the point's fields. `agrees`: true where it has a consent."""

    activation_id: str
    values: dict[str, str]
    agrees: NotRequired[bool]


def perform(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    bodies = command_batches.bodies_of(show_id, commands, _read)
    return answering.take_part(show_id, commands, bodies)


def _read(command: Command) -> Answering:
    return Answering(**command_bodies.read(command.body, TakePartIn))


COMMANDS = (
    CommandKind(
        "take_part", Lane.TICKED, TakePartIn, perform,
        "Book, ask for a sample, sign up, download, follow a link or answer.",
    ),
)  # fmt: skip
