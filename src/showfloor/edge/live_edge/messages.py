"""The messages at the live edge: JSON text of a client, and frames that are built once for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from showfloor.edge import websocket_frames
from showfloor.edge.ports import AdmissionDenied
from showfloor.edge.websocket_frames import CloseCode, Opcode
from showfloor.kernel.json_text import json_bytes
from showfloor.media.live_edge.feed import LiveRung
from showfloor.media.live_edge.fragments import LiveFragment
from showfloor.timeline.served_pictures import is_sid

HEIGHT_MAX: Final = 10_000
OFF: Final = websocket_frames.text(b'{"type":"off"}')


@dataclass(frozen=True, slots=True)
class LiveHello:
    """The first frame. `height`: the pixels that the picture's shorter side has on the page; None
    asks for the best rung. `sid`: the name that the player gives its timeline, too."""

    token: str | None
    is_preview: bool
    height: int | None
    sid: str = ""


def parse_hello(frame: Mapping[str, Any]) -> LiveHello:
    """Return the hello; AdmissionDenied when the frame is none."""
    token, preview = frame.get("token"), frame.get("preview", False)
    is_hello = (
        frame.get("type") == "hello"
        and (token is None or isinstance(token, str))
        and isinstance(preview, bool)
    )
    if not is_hello:
        raise AdmissionDenied(CloseCode.BAD_FRAME, "the first frame must be a hello")
    sid = frame.get("sid", "")
    return LiveHello(token, preview, _height(frame), sid if is_sid(sid) else "")


def _height(frame: Mapping[str, Any]) -> int | None:
    height = frame.get("height")
    if height is None:
        return None
    if not isinstance(height, int) or isinstance(height, bool) or not 0 < height <= HEIGHT_MAX:
        raise AdmissionDenied(CloseCode.BAD_FRAME, "a height is a whole number from 1")
    return height


def parse_rung(frame: Mapping[str, Any]) -> str | None:
    """Return the name of the rung that the viewer chose; None: the server chooses."""
    name = frame.get("name")
    if name is not None and not (isinstance(name, str) and len(name) <= 20):
        raise AdmissionDenied(CloseCode.BAD_FRAME, "a rung has a short name")
    return name


def beginning(rung: LiveRung, rungs: Sequence[LiveRung]) -> bytes:
    """Return the frames before a rung's fragments: what follows, and its init segment."""
    told = {
        "type": "live",
        "number": rung.number,
        "rung": rung.rung.name,
        "codecs": rung.init.codecs,
        "rungs": [{"name": one.rung.name, "height": shorter_side(one)} for one in rungs],
    }
    init = websocket_frames.build(Opcode.BINARY, rung.init.data)
    return websocket_frames.text(json_bytes(told)) + init


def framed(fragment: LiveFragment) -> bytes:
    """Return the fragment's frame; its bytes are made once for all viewers."""
    if fragment.wire is None:
        fragment.wire = websocket_frames.build(Opcode.BINARY, fragment.body)
    return fragment.wire


def shorter_side(rung: LiveRung) -> int:
    return min(rung.rung.width, rung.rung.height)
