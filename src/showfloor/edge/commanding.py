"""`POST /timeline/<show>/commands`: one command, and its outcome as the answer.

    {"id": "made by the client", "name": "message", "body": {…}}

Sent again with the same id it is done once, so a client that heard nothing just asks again.
"""

import asyncio
import re
from typing import Final

from showfloor.accounts.tokens import Claims
from showfloor.edge import http, spoken
from showfloor.edge.allowance import Allowances
from showfloor.edge.http import JSON_TYPE, Answer, Refused, problem, problem_of
from showfloor.edge.ports import Commands, Turned
from showfloor.edge.spoken import BadCommand
from showfloor.edge.types import Receive, Scope
from showfloor.timeline.commands import Command

BODY_BYTES_MAX: Final = 8192
BURST, PER_S = 20, 5.0  # commands of one person, as over a WebSocket
ANSWER_WITHIN_S: Final = 15.0
_LANGUAGE: Final = re.compile(r"([a-zA-Z]{2})\b")


class CommandDoor:
    """Checks a command's shape and pace, and hands it to who does it."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._allowances = Allowances(BURST, PER_S)

    async def post(self, claims: Claims, show_id: str, scope: Scope, receive: Receive) -> Answer:
        """The outcome: 200 `{id, seq, …}`, or a problem that carries the id."""
        wait_s = self._allowances.take(f"{claims.brand}/{claims.sub}")
        if wait_s:
            raise Refused(
                problem(429, "rate-limited", "Not so fast.", retry_after_s=round(wait_s, 1))
            )
        command = await _read(claims, show_id, scope, receive)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                outcome = await self._commands.submit(command)
        except TimeoutError:
            return problem(
                503, "unavailable", "It took too long. Send it again with the same id.",
                id=command.id, retry_after_s=1,
            )  # fmt: skip
        if outcome.problem is not None:
            return problem_of({**outcome.problem, "id": command.id}).kept_private()
        body = {**outcome.result, "id": command.id, "seq": outcome.seq}
        return Answer(200, http.json_bytes(body)).kept_private()


async def _read(claims: Claims, show_id: str, scope: Scope, receive: Receive) -> Command:
    content_type = http.header(scope, b"content-type").partition(";")[0].strip().lower()
    if content_type != JSON_TYPE:
        raise Refused(problem(415, "bad-request", "Send application/json.", field="Content-Type"))
    sent = http.json_object(await http.read_body(scope, receive, BODY_BYTES_MAX))
    for field in sent:
        if field not in {"type", "id", "name", "body"}:
            raise _wrong(field[:40], "There is no such field.")
    if sent.get("type", "command") != "command":
        raise _wrong("type", "Must be command, where it is given.")
    try:
        identity, name, body = spoken.command(sent)
    except BadCommand as bad:
        raise Refused(problem_of(bad.problem)) from None
    except Turned:
        raise _wrong("id", "Must be 1 to 64 printable ASCII characters without spaces.") from None
    language = _LANGUAGE.match(http.header(scope, b"accept-language"))
    return Command(identity, name, body, claims, show_id, language[1].lower() if language else "")


def _wrong(field: str, sentence: str) -> Refused:
    return Refused(problem(400, "bad-request", sentence, field=field))
