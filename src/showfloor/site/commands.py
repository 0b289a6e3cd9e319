"""Every command that viewers can send, by its name."""

from collections.abc import Sequence

from showfloor.checkout.commands import COMMANDS as CHECKOUT
from showfloor.community.chat.commands import COMMANDS as CHAT
from showfloor.community.moderation.commands import COMMANDS as MODERATION
from showfloor.community.polls.commands import COMMANDS as POLLS
from showfloor.community.questions.commands import COMMANDS as QUESTIONS
from showfloor.community.reactions.commands import COMMANDS as REACTIONS
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome

COMMANDS: dict[str, CommandKind] = {
    kind.name: kind for kind in (*CHAT, *QUESTIONS, *POLLS, *REACTIONS, *MODERATION, *CHECKOUT)
}
LANES: dict[str, Lane] = {name: kind.lane for name, kind in COMMANDS.items()}


def perform(name: str, show_id: str, commands: Sequence[Command]) -> Sequence[Outcome]:
    """Do commands of one kind in one show, in one transaction."""
    return COMMANDS[name].perform(show_id, commands)
