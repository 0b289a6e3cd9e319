"""Commands that viewers send about questions."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from showfloor.community import command_batches
from showfloor.community.questions import asking, voting
from showfloor.community.questions.asking import ON_SCREEN, QuestionRequest
from showfloor.community.questions.voting import VoteRequest
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class QuestionIn(TypedDict):
    """`product_id`: of the rundown; null: about none; left out: about what is on screen."""

    text: str
    product_id: NotRequired[str | None]


class QuestionVoteIn(TypedDict):
    """`up`: the sender wants to know, too; false takes that back."""

    question_id: str
    up: bool


def perform_questions(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    return asking.ask(
        show_id, commands, command_batches.bodies_of(show_id, commands, _read_question)
    )


def perform_question_votes(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    return voting.vote(show_id, commands, command_batches.bodies_of(show_id, commands, _read_vote))


def _read_question(command: Command) -> QuestionRequest:
    body = command_bodies.read(command.body, QuestionIn)
    return QuestionRequest(body["text"], body.get("product_id", ON_SCREEN))


def _read_vote(command: Command) -> VoteRequest:
    return VoteRequest(**command_bodies.read(command.body, QuestionVoteIn))


COMMANDS = (
    CommandKind(
        "question", Lane.PROMPT, QuestionIn, perform_questions,
        "Ask the people on camera something; the result has `question_id` and `state`.",
    ),
    CommandKind(
        "question_vote", Lane.TICKED, QuestionVoteIn, perform_question_votes,
        "Want to know it, too, or not any more; the result says how many `votes` it has.",
    ),
)  # fmt: skip
