"""What a WebSocket client says, checked: each frame is a small JSON object with a `type`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from showfloor.edge.ports import AdmissionDenied
from showfloor.edge.websocket.frames import CloseCode
from showfloor.edge.websocket.handshake import SEQ_MAX

_ID: Final = re.compile(r"[!-~]{1,64}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_SURROGATE: Final = re.compile(rb"\\u[dD]")


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame. None: not said. `personal_after`: where to go on with the own stream."""

    token: str | None
    after: int | None
    epoch: str
    personal_after: int | None
    language: str


class BadCommand(Exception):
    """A command whose shape is wrong; the members of a problem."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field)
        self.problem = {"status": 400, "code": "bad-request", "detail": detail, "field": field}


def read(payload: bytes) -> dict[str, Any]:
    """The frame's object; Turned when it is none."""
    try:
        frame = json.loads(payload, parse_constant=_no_number)
        if _SURROGATE.search(payload):  # half a character cannot be passed on
            json.dumps(frame, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict):
        raise AdmissionDenied(CloseCode.BAD_FRAME, "a frame must be a JSON object")
    return frame


def hello(frame: Mapping[str, Any]) -> Hello:
    """Turned when it is no hello, or a position is none."""
    token, epoch = frame.get("token"), frame.get("epoch", "")
    private = frame.get("private", {})
    sound = (
        frame.get("type") == "hello"
        and (token is None or isinstance(token, str))
        and isinstance(epoch, str)
        and isinstance(private, dict)
    )
    if not sound:
        raise AdmissionDenied(CloseCode.BAD_FRAME, "the first frame must be a hello")
    language = frame.get("language", "")
    known = isinstance(language, str) and _LANGUAGE.match(language.lower())
    return Hello(
        token, _position(frame), epoch,
        (_position(private) or 0) if "private" in frame else None,
        language[:2].lower() if known else "",
    )  # fmt: skip


def command(frame: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """Id, name and body; BadCommand. Turned when not even the id can be answered to."""
    identity, name, body = frame.get("id"), frame.get("name"), frame.get("body", {})
    if not (isinstance(identity, str) and _ID.fullmatch(identity)):
        raise AdmissionDenied(
            CloseCode.BAD_FRAME, "a command has an id of 1 to 64 ASCII characters"
        )
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise BadCommand("name", "Must be the name of a command.")
    if not isinstance(body, dict):
        raise BadCommand("body", "Must be an object.")
    return identity, name, body


def _position(frame: Mapping[str, Any]) -> int | None:
    after = frame.get("after")
    if after is None:
        return None
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < SEQ_MAX:
        raise AdmissionDenied(CloseCode.BAD_FRAME, "a position is a whole number from 0")
    return after


def _no_number(name: str) -> Any:
    raise ValueError(name)
