"""Every command that viewers can send, by its name."""

from collections.abc import Sequence

from showfloor.site.slices import SHOW_SLICES
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome

COMMANDS: dict[str, CommandKind] = {kind.name: kind for one in SHOW_SLICES for kind in one.commands}
LANES: dict[str, Lane] = {name: kind.lane for name, kind in COMMANDS.items()}


def perform(name: str, show_id: str, commands: Sequence[Command]) -> Sequence[Outcome]:
    """Do commands of one kind in one show, in one transaction."""
    return COMMANDS[name].perform(show_id, commands)
