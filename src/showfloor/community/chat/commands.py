"""Commands that viewers send to the chat."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from showfloor.community.chat import posting
from showfloor.community.chat.posting import MessageRequest, MessageResult
from showfloor.community.command_batches import bodies_of
from showfloor.community.refusals import refused
from showfloor.kernel.errors import Invalid, ShowfloorError
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class MessageIn(TypedDict):
    """`text`: 1 to 200 characters are shown; `reply_to`: the id of a message in this show."""

    text: str
    reply_to: NotRequired[str | None]


def perform(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    """Do the `message` commands of one batch."""
    read: Sequence[MessageRequest | Outcome]
    try:
        read = [_read(command) for command in commands]
    except Invalid:  # again, each in its sender's language
        read = bodies_of(show_id, commands, _read)
    requests = [one for one in read if isinstance(one, MessageRequest)]
    answers = iter(posting.say(show_id, requests) if requests else ())
    return [one if isinstance(one, Outcome) else _outcome(next(answers)) for one in read]


def _read(command: Command) -> MessageRequest:
    body = command_bodies.read(command.body, MessageIn)
    return MessageRequest(
        command.claims, command.id, body["text"], body.get("reply_to"), command.language
    )


def _outcome(answer: MessageResult | ShowfloorError) -> Outcome:
    if isinstance(answer, MessageResult):
        return Outcome(answer.seq, {"message_id": answer.message_id, "state": answer.state})
    return refused(answer)


COMMANDS = (
    CommandKind(
        "message", Lane.PROMPT, MessageIn, perform,
        "Say something in a show that is live or about to be.",
    ),
)  # fmt: skip
