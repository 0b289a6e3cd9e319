"""The commands of people who wait. Those of a brand are done together, whichever way they came."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from django.utils.translation import gettext as _

from showfloor.accounts import bans, network_quota
from showfloor.accounts.email_addresses import EMAIL_CHARS_MAX
from showfloor.accounts.languages import override_language, preferred
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Forbidden, ShowfloorError
from showfloor.kernel.problems import problem
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import (
    Command,
    CommandKind,
    CommandRoute,
    Lane,
    Outcome,
    Scope,
)
from showfloor.waitlists import services
from showfloor.waitlists.queries import WaitView
from showfloor.waitlists.services import JoinRequest

SKU_CHARS_MAX, SHOW_CHARS_MAX = 120, 80


class JoinIn(TypedDict):
    """`sku`: of a variant that is sold out; `show`: the address of the show in which it was seen;
    `email`: where an offer is mailed to, for guests; who waits already may name it later."""

    sku: str
    show: NotRequired[str | None]
    email: NotRequired[str | None]


class LeaveIn(TypedDict):
    sku: str


def perform_join(brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    now = utc_now()
    brand, has_bans = bans.brand_with_bans(brand_id, now)
    claims = [one.claims for one in commands]
    banned = bans.banned_among(brand_id, claims, now) if has_bans else frozenset[str]()
    read = [_join(command, banned) for command in commands]
    wanted = [one for one in read if isinstance(one, JoinRequest)]
    answers = iter(services.join_many(brand, wanted, now) if wanted else ())
    outcomes = []
    for one in read:
        answer = next(answers) if isinstance(one, JoinRequest) else one
        outcomes.append(_outcome(answer))
    return outcomes


def perform_leave(brand_id: str, commands: Sequence[Command]) -> list[Outcome]:
    now, outcomes = utc_now(), []
    brand, _has_bans = bans.brand_with_bans(brand_id, now)
    with override_language(brand.language) as speak:
        for command in commands:
            speak(_language(command))
            try:
                body = command_bodies.read(command.body, LeaveIn)
                services.leave(brand_id, command.claims.sub, body["sku"], now)
                outcomes.append(Outcome())
            except ShowfloorError as error:
                outcomes.append(Outcome(problem=problem(error)))
    return outcomes


def _outcome(answer: WaitView | ShowfloorError) -> Outcome:
    if isinstance(answer, ShowfloorError):
        return Outcome(problem=problem(answer))
    return Outcome(result={"wait": answer})


def _join(command: Command, banned: frozenset[str]) -> JoinRequest | ShowfloorError:
    try:
        body = command_bodies.read(command.body, JoinIn)
        if command.claims.sub in banned:
            raise Forbidden(_("You can't take part here."), code="banned")
    except ShowfloorError as error:
        return error
    return JoinRequest(
        command.claims.sub, body["sku"], body.get("show") or "", body.get("email") or "",
        _language(command), network_quota.share_of(command.claims),
    )  # fmt: skip


def _language(command: Command) -> str:
    header = command.accept_language
    return preferred(header) if header else command.language


def _joined(_path: re.Match[str], body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    limits = {"sku": SKU_CHARS_MAX, "show": SHOW_CHARS_MAX, "email": EMAIL_CHARS_MAX}
    is_right = (
        body.keys() <= limits.keys()
        and isinstance(body.get("sku"), str)
        and all(
            value is None or (isinstance(value, str) and len(value) <= limits[name])
            for name, value in body.items()
        )
    )
    return body if is_right else None


COMMANDS = (
    CommandKind(
        "wait.join", Lane.PROMPT, JoinIn, perform_join,
        "Wait for one unit of a variant that is sold out.", Scope.BRAND,
        CommandRoute("POST", re.compile("/api/v1/waits"), _joined, 200, "wait", has_key=False),
    ),
    CommandKind(
        "wait.leave", Lane.PROMPT, LeaveIn, perform_leave,
        "Wait no longer; an offer passes on to the next.", Scope.BRAND,
    ),
)  # fmt: skip
