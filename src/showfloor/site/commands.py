"""Every command that viewers can send, by its name."""

from collections.abc import Sequence

from showfloor.site.slices import SHOW_SLICES
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome, Scope

COMMANDS: dict[str, CommandKind] = {kind.name: kind for one in SHOW_SLICES for kind in one.commands}
LANES: dict[str, Lane] = {name: kind.lane for name, kind in COMMANDS.items()}
INNER: frozenset[str] = frozenset(name for name, kind in COMMANDS.items() if kind.is_inner)


def place_of(command: Command) -> str:
    """Return the key of the queue that the command waits in; its kind is one of COMMANDS."""
    return COMMANDS[command.name].place_of(command)


def perform(name: str, commands: Sequence[Command]) -> Sequence[Outcome]:
    """Do commands of one kind in one place, in one transaction."""
    kind = COMMANDS[name]
    first = commands[0]
    place = first.show_id if kind.scope is Scope.SHOW else first.claims.brand
    return kind.perform(place, commands)
