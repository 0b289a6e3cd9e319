"""The frames at the stage's socket: what a client may say, checked to the last member."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from showfloor.edge.ports import AdmissionDenied
from showfloor.edge.websocket_frames import CloseCode

SDP_CHARS_MAX: Final = 24_000  # a browser's description of two tracks each way takes 8,000
CANDIDATE_CHARS_MAX: Final = 600
CANDIDATES_MAX: Final = 20  # in one frame
ID_CHARS_MAX: Final = 64
_SDP: Final = ("offer", "answer")


@dataclass(frozen=True, slots=True)
class StageHello:
    """The first frame: a guest comes with her seat, a studio with the token of its staff. `page`:
    made by the page when it was loaded, so that the other side knows a new one."""

    seat: str
    token: str
    page: str


def parse_hello(frame: Mapping[str, Any]) -> StageHello:
    """Return the hello; AdmissionDenied when the frame is none."""
    seat, token, page = (frame.get(name, "") for name in ("seat", "token", "page"))
    is_hello = (
        frame.get("type") == "hello"
        and all(isinstance(one, str) for one in (seat, token, page))
        and (seat == "") != (token == "")
        and 0 < len(page) <= ID_CHARS_MAX
    )
    if not is_hello:
        raise AdmissionDenied(CloseCode.BAD_FRAME, "the first frame must be a hello")
    return StageHello(seat, token, page)


def parse_signal(frame: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a signal, made anew of what belongs there; AdmissionDenied.

        {"call": id, "kind": "offer" | "answer", "sdp": text}
        {"call": id, "kind": "candidates", "candidates": [{"candidate", "sdpMid", "sdpMLineIndex"}]}
        {"call": id, "kind": "state", "muted": bool}

    `call` names the one connection that both sides mean.
    """
    body = frame.get("body")
    if not isinstance(body, dict) or not _is_text(body.get("call"), ID_CHARS_MAX, least=1):
        raise _bad_signal()
    call, kind = body["call"], body.get("kind")
    if kind in _SDP and _is_text(body.get("sdp"), SDP_CHARS_MAX, least=1):
        return {"call": call, "kind": kind, "sdp": body["sdp"]}
    if kind == "state" and isinstance(body.get("muted"), bool):
        return {"call": call, "kind": kind, "muted": body["muted"]}
    found = body.get("candidates")
    if kind == "candidates" and isinstance(found, list) and len(found) <= CANDIDATES_MAX:
        return {"call": call, "kind": kind, "candidates": [_candidate(one) for one in found]}
    raise _bad_signal()


def recipient(frame: Mapping[str, Any]) -> str:
    """Return the guest (id) that a studio's signal is for; AdmissionDenied."""
    to = frame.get("to")
    if not isinstance(to, str) or not 0 < len(to) <= ID_CHARS_MAX:
        raise _bad_signal()
    return to


def _candidate(one: Any) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise _bad_signal()
    text, mid, index = (one.get(name) for name in ("candidate", "sdpMid", "sdpMLineIndex"))
    is_sound = (
        _is_text(text, CANDIDATE_CHARS_MAX)
        and (mid is None or _is_text(mid, ID_CHARS_MAX))
        and (index is None or (type(index) is int and 0 <= index < 16))
    )
    if not is_sound:
        raise _bad_signal()
    return {"candidate": text, "sdpMid": mid, "sdpMLineIndex": index}


def _is_text(value: Any, most: int, *, least: int = 0) -> bool:
    return isinstance(value, str) and least <= len(value) <= most


def _bad_signal() -> AdmissionDenied:
    return AdmissionDenied(CloseCode.BAD_FRAME, "this is no signal")
