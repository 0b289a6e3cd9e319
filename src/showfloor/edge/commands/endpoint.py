"""`POST /timeline/<show>/commands`: one command, and its outcome as the answer.

    {"id": "made by the client", "name": "message", "body": {…}}

Sent again with the same id it is done once, so a client that heard nothing just asks again.
"""

import re
from functools import partial
from typing import Final

from showfloor.accounts.tokens import Claims
from showfloor.edge.asgi_types import Receive, Scope
from showfloor.edge.commands.parsing import BadCommand, parse_command
from showfloor.edge.commands.rate_limit import CommandRateLimit
from showfloor.edge.http import responses
from showfloor.edge.http.direct import Answer, response_or_problem
from showfloor.edge.http.responses import (
    FOR_ONE_PERSON,
    JSON_TYPE,
    RequestRejected,
    Response,
    problem,
    problem_of,
)
from showfloor.edge.ports import Commands
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.json_text import json_bytes
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.served_pictures import served, sid_of_header

BODY_BYTES_MAX: Final = 8192
_LANGUAGE: Final = re.compile(r"([a-zA-Z]{2})\b")


class CommandEndpoint:
    """Checks a command's shape and pace, and hands it to who does it."""

    def __init__(self, commands: Commands, rate_limit: CommandRateLimit) -> None:
        self._commands = commands
        self._rate_limit = rate_limit

    async def post(self, claims: Claims, show_id: str, scope: Scope, receive: Receive) -> Response:
        """The outcome: 200 `{id, seq, …}`, or a problem that carries the id."""
        wait_s = self._rate_limit.wait_s(claims)
        if wait_s:
            raise RequestRejected(responses.too_fast(wait_s))
        _check_type(scope)
        body = await responses.read_body(scope, receive, BODY_BYTES_MAX)
        command = _read(claims, show_id, scope, body)
        return _response(command, await self._commands.submit(command))

    def take(self, claims: Claims, show_id: str, scope: Scope, body: bytes, answer: Answer) -> bool:
        """Do the same for a request whose body is here; return False, with nothing done, for one
        that is not as it should be."""
        if len(body) > BODY_BYTES_MAX:
            return False
        try:
            _check_type(scope)
            command = _read(claims, show_id, scope, body)
        except RequestRejected:
            return False
        wait_s = self._rate_limit.wait_s(claims)
        if wait_s:
            answer(responses.too_fast(wait_s))
        else:
            self._commands.enter(
                command,
                lambda outcome: answer(response_or_problem(partial(_response, command, outcome))),
            )
        return True


def _response(command: Command, outcome: Outcome) -> Response:
    if outcome.problem is not None:
        return problem_of({**outcome.problem, "id": command.id}).uncached()
    body = {**outcome.result, "id": command.id, "seq": outcome.seq}
    return Response(200, json_bytes(body), cache=FOR_ONE_PERSON)


def _check_type(scope: Scope) -> None:
    content_type = responses.header(scope, b"content-type")
    if content_type == JSON_TYPE:
        return
    if content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise RequestRejected(
            problem(415, "bad-request", "Send application/json.", field="Content-Type")
        )


def _read(claims: Claims, show_id: str, scope: Scope, body: bytes) -> Command:
    sent = responses.json_object(body)
    for field in sent:
        if field not in {"type", "id", "name", "body"}:
            raise _wrong(field[:40], "There is no such field.")
    if sent.get("type", "command") != "command":
        raise _wrong("type", "Must be command, where it is given.")
    try:
        identity, name, fields = parse_command(sent)
    except BadCommand as bad:
        raise RequestRejected(problem_of(bad.problem)) from None
    language = _LANGUAGE.match(responses.header(scope, b"accept-language"))
    sid = sid_of_header(responses.header(scope, b"cmcd-session"))
    return Command(
        identity, name, fields, claims, show_id, language[1].lower() if language else "",
        arrived_ms=to_epoch_ms(utc_now()), pictures=served.find(sid),
    )  # fmt: skip


def _wrong(field: str, sentence: str) -> RequestRejected:
    return RequestRejected(problem(400, "bad-request", sentence, field=field))
