"""The command by which viewers enter a giveaway."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict

from django.utils.translation import gettext as _

from showfloor.community import command_batches
from showfloor.giveaways import entering
from showfloor.giveaways.entering import Entering
from showfloor.kernel.errors import Invalid
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class EnterGiveawayIn(TypedDict):
    """`accepts_terms` must be true. `email`: where `asks_email` is. `picture_at`: the picture on
    screen (ISO 8601): what was sent before the end counts for a moment after it, too."""

    giveaway_id: str
    accepts_terms: bool
    email: NotRequired[str]
    picture_at: NotRequired[str]


def perform(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    return entering.enter(show_id, commands, command_batches.bodies_of(show_id, commands, _read))


def _read(command: Command) -> Entering:
    body = command_bodies.read(command.body, EnterGiveawayIn)
    if not body["accepts_terms"]:
        raise Invalid(_("Accept the terms to take part."), field="accepts_terms")
    return Entering(body["giveaway_id"], body.get("email", ""), _moment(body.get("picture_at")))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(_("This is not a time."), field="picture_at")
    return moment


COMMANDS = (
    CommandKind(
        "enter_giveaway", Lane.TICKED, EnterGiveawayIn, perform,
        "Enter a giveaway while it is open. Again changes nothing.",
    ),
)  # fmt: skip
