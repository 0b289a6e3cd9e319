"""The parser of a WebSocket client's frames: each is a small JSON object with a `type`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from showfloor.edge.ports import AdmissionDenied
from showfloor.edge.websocket.handshake import SEQ_MAX
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.json_text import read_strictly
from showfloor.timeline.served_pictures import is_sid

_LANGUAGE: Final = re.compile(r"[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame; None where a field is missing. `personal_after`: the position in the
    person's own stream. `sid`: the name that the player gives its requests for media."""

    token: str | None
    after: int | None
    epoch: str
    personal_after: int | None
    language: str
    sid: str = ""


def parse_frame(payload: bytes) -> dict[str, Any]:
    """Return the frame's object; AdmissionDenied when it is none."""
    try:
        frame = read_strictly(payload)
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict):
        raise AdmissionDenied(CloseCode.BAD_FRAME, "a frame must be a JSON object")
    return frame


def parse_hello(frame: Mapping[str, Any]) -> Hello:
    """Return the hello; AdmissionDenied when the frame or a position in it is none."""
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
    language, sid = frame.get("language", ""), frame.get("sid", "")
    known = isinstance(language, str) and _LANGUAGE.match(language.lower())
    return Hello(
        token, _position(frame), epoch,
        (_position(private) or 0) if "private" in frame else None,
        language[:2].lower() if known else "", sid if is_sid(sid) else "",
    )  # fmt: skip


def _position(frame: Mapping[str, Any]) -> int | None:
    after = frame.get("after")
    if after is None:
        return None
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < SEQ_MAX:
        raise AdmissionDenied(CloseCode.BAD_FRAME, "a position is a whole number from 0")
    return after
