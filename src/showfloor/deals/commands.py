"""The command of viewers who take a deal."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from showfloor.community import command_batches
from showfloor.deals import taking
from showfloor.deals.taking import Take
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class TakeIn(TypedDict):
    """`picture_ms`: the picture that you see, by its program date time, Unix time in ms; without it
    your tap counts as made at the live edge. `quantity`: one, where it is not given."""

    deal_id: str
    variant_id: str
    quantity: NotRequired[int]
    picture_ms: NotRequired[int]


def perform(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    return taking.take(show_id, commands, command_batches.bodies_of(show_id, commands, _read))


def _read(command: Command) -> Take:
    body = command_bodies.read(command.body, TakeIn)
    return Take(
        body["deal_id"], body["variant_id"], body.get("quantity", 1), body.get("picture_ms")
    )


COMMANDS = (
    CommandKind(
        "deal.take", Lane.PROMPT, TakeIn, perform,
        "Ask for units of a deal: the answer says when it is decided, your own stream how.",
    ),
)  # fmt: skip
