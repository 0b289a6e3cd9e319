"""Commands that viewers send to moderation: a report, the acknowledgement of a warning."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from showfloor.community import command_batches
from showfloor.community.admission import admission_for, no_such_show
from showfloor.community.moderation import reports, services
from showfloor.kernel.clock import utc_now
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome


class ReportIn(TypedDict):
    message_id: str
    reason: Literal["spam", "abuse", "other"]


class AcknowledgeIn(TypedDict):
    """`warning_id`: of the private entry `warning`."""

    warning_id: str


def perform_report(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    wanted = command_batches.bodies_of(show_id, commands, _read_report)
    return reports.report_all(show_id, commands, wanted)


def perform_acknowledge(show_id: str, commands: Sequence[Command]) -> list[Outcome]:
    wanted = command_batches.bodies_of(show_id, commands, _read_warning)
    admission = admission_for(show_id, commands, utc_now())
    if admission is None:
        return no_such_show(commands)

    def step(command: Command, warning_id: str) -> Outcome:
        admission.admit(command.claims)
        services.acknowledge(admission.show.brand_id, command.claims.sub, warning_id)
        return Outcome()

    return list(command_batches.each(commands, wanted, admission.show.brand.language, step))


def _read_report(command: Command) -> tuple[str, str]:
    body = command_bodies.read(command.body, ReportIn)
    return body["message_id"], body["reason"]


def _read_warning(command: Command) -> str:
    warning_id: str = command_bodies.read(command.body, AcknowledgeIn)["warning_id"]
    return warning_id


COMMANDS = (
    CommandKind(
        "report", Lane.PROMPT, ReportIn, perform_report,
        "Tell moderators of a message. Each person counts once.",
    ),
    CommandKind(
        "acknowledge", Lane.PROMPT, AcknowledgeIn, perform_acknowledge,
        "I have read the warning, and may write again.",
    ),
)  # fmt: skip
