"""`POST /timeline/<show>/commands`: one command, and its outcome as the answer.

    {"id": "made by the client", "name": "message", "body": {…}}

Sent again with the same id it is done once, so a client that heard nothing just asks again.
"""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final

from showfloor.accounts.tokens import Claims
from showfloor.edge.asgi_types import Receive, Scope
from showfloor.edge.http import responses
from showfloor.edge.http.responses import JSON_TYPE, RequestRejected, Response, problem, problem_of
from showfloor.edge.ports import AdmissionDenied, Commands
from showfloor.edge.websocket import client_frames
from showfloor.edge.websocket.client_frames import BadCommand
from showfloor.kernel.allowance import Allowances
from showfloor.timeline.commands import Command

BODY_BYTES_MAX: Final = 8192
BURST, PER_S = 20, 5.0  # commands of one person, by whichever doors and however many sockets
ANSWER_WITHIN_S: Final = 15.0
_LANGUAGE: Final = re.compile(r"([a-zA-Z]{2})\b")


class CommandRateLimit:
    """How fast each person may send commands. All doors of a process have one together."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._people = Allowances(BURST, PER_S, clock=clock)

    def wait_s(self, claims: Claims) -> float:
        """Let one command through: 0; or how long there is none for them."""
        wait_s = self._people.take(f"{claims.brand}/{claims.sub}")
        return max(0.1, round(wait_s, 1)) if wait_s else 0.0


class CommandEndpoint:
    """Checks a command's shape and pace, and hands it to who does it."""

    def __init__(self, commands: Commands, rate_limit: CommandRateLimit) -> None:
        self._commands = commands
        self._rate_limit = rate_limit

    async def post(self, claims: Claims, show_id: str, scope: Scope, receive: Receive) -> Response:
        """The outcome: 200 `{id, seq, …}`, or a problem that carries the id."""
        wait_s = self._rate_limit.wait_s(claims)
        if wait_s:
            raise RequestRejected(
                problem(429, "rate-limited", "Not so fast.", retry_after_s=wait_s)
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
            return problem_of({**outcome.problem, "id": command.id}).uncached()
        body = {**outcome.result, "id": command.id, "seq": outcome.seq}
        return Response(200, responses.json_bytes(body)).uncached()


async def _read(claims: Claims, show_id: str, scope: Scope, receive: Receive) -> Command:
    content_type = responses.header(scope, b"content-type").partition(";")[0].strip().lower()
    if content_type != JSON_TYPE:
        raise RequestRejected(
            problem(415, "bad-request", "Send application/json.", field="Content-Type")
        )
    sent = responses.json_object(await responses.read_body(scope, receive, BODY_BYTES_MAX))
    for field in sent:
        if field not in {"type", "id", "name", "body"}:
            raise _wrong(field[:40], "There is no such field.")
    if sent.get("type", "command") != "command":
        raise _wrong("type", "Must be command, where it is given.")
    try:
        identity, name, body = client_frames.command(sent)
    except BadCommand as bad:
        raise RequestRejected(problem_of(bad.problem)) from None
    except AdmissionDenied:
        raise _wrong("id", "Must be 1 to 64 printable ASCII characters without spaces.") from None
    language = _LANGUAGE.match(responses.header(scope, b"accept-language"))
    return Command(identity, name, body, claims, show_id, language[1].lower() if language else "")


def _wrong(field: str, sentence: str) -> RequestRejected:
    return RequestRejected(problem(400, "bad-request", sentence, field=field))
