"""The command of people who no longer want what is kept for them."""

from collections.abc import Sequence
from typing import TypedDict

from showfloor.accounts import bans
from showfloor.accounts.languages import override_language
from showfloor.checkout.reservations import services
from showfloor.checkout.reservations.services import ReleaseRequest
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.problems import problem
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome, Scope


class ReleaseIn(TypedDict):
    """`reservation`: its id."""

    reservation: str


def perform(brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    now = utc_now()
    brand, _has_bans = bans.brand_with_bans(brand_id, now)
    read = [_read(command) for command in commands]
    wanted = [one for one in read if isinstance(one, ReleaseRequest)]
    with override_language(brand.language):
        answers = iter(services.release_many(brand_id, wanted, now) if wanted else ())
    return [_outcome(next(answers) if isinstance(one, ReleaseRequest) else one) for one in read]


def _read(command: Command) -> ReleaseRequest | ShowfloorError:
    try:
        body = command_bodies.read(command.body, ReleaseIn)
    except ShowfloorError as error:
        return error
    return ReleaseRequest(command.claims.sub, body["reservation"])


def _outcome(error: ShowfloorError | None) -> Outcome:
    return Outcome() if error is None else Outcome(problem=problem(error))


COMMANDS = (
    CommandKind(
        "reservation.release",
        Lane.PROMPT,
        ReleaseIn,
        perform,
        "Give back what is kept for you: it goes to whoever is next.",
        Scope.BRAND,
    ),
)
