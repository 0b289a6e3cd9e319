"""The parser of a command, the same for a WebSocket's frame and for a request's body."""

import re
from collections.abc import Mapping
from typing import Any, Final

_ID: Final = re.compile(r"[!-~]{1,64}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_.-]{0,39}")


class BadCommand(Exception):
    """A command of a wrong shape. `problem` holds the members of a problem that names the field."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field)
        self.field = field
        self.problem = {"status": 400, "code": "bad-request", "detail": detail, "field": field}


def parse_command(fields: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """Return id, name and body of a command; BadCommand, whose `field` is `id` where the client
    cannot even be answered."""
    identity, name, body = fields.get("id"), fields.get("name"), fields.get("body", {})
    if not (isinstance(identity, str) and _ID.fullmatch(identity)):
        raise BadCommand("id", "Must be 1 to 64 printable ASCII characters without spaces.")
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise BadCommand("name", "Must be the name of a command.")
    if not isinstance(body, dict):
        raise BadCommand("body", "Must be an object.")
    return identity, name, body
