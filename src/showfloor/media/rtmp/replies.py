"""The server's replies: the few messages that a publisher waits for."""

from typing import Final

from showfloor.media.flv import amf
from showfloor.media.rtmp.chunks import Message, MessageType

WINDOW_SIZE: Final = 2_500_000  # bytes between acknowledgements, as most servers say
CHUNK_SIZE: Final = 65_536  # FFmpeg sends with the chunk size that it is told
STREAM_ID: Final = 1  # of the one message stream on a connection
_DYNAMIC: Final = 2  # SetPeerBandwidth's limit type

PING_REQUEST: Final = 6
PING_RESPONSE: Final = 7
_STREAM_BEGIN: Final = 0
_MULTITRACK_AND_MODIFIERS: Final = 2 | 4  # E-RTMP v2, capsEx: what is understood
_VIDEO: Final = ("avc1", "hvc1", "av01")
_AUDIO: Final = ("mp4a", "Opus")


def _control(kind: MessageType, payload: bytes) -> Message:
    return Message(kind, 0, 0, payload)


def command(stream_id: int, *values: amf.Value) -> Message:
    return Message(MessageType.COMMAND, stream_id, 0, amf.encode(*values))


def acknowledgement(received: int) -> Message:
    return _control(MessageType.ACKNOWLEDGEMENT, (received & 0xFFFFFFFF).to_bytes(4))


def set_chunk_size(size: int) -> Message:
    return _control(MessageType.SET_CHUNK_SIZE, size.to_bytes(4))


def window_ack_size() -> Message:
    return _control(MessageType.WINDOW_ACK_SIZE, WINDOW_SIZE.to_bytes(4))


def peer_bandwidth() -> Message:
    payload = WINDOW_SIZE.to_bytes(4) + bytes([_DYNAMIC])
    return _control(MessageType.SET_PEER_BANDWIDTH, payload)


def ping_response(stamp: bytes) -> Message:
    return _control(MessageType.USER_CONTROL, PING_RESPONSE.to_bytes(2) + stamp)


def stream_begin(stream_id: int) -> Message:
    payload = _STREAM_BEGIN.to_bytes(2) + stream_id.to_bytes(4)
    return _control(MessageType.USER_CONTROL, payload)


def connected(transaction: float, *, enhanced: bool) -> Message:
    """Return the answer to `connect`; `enhanced` for a peer that named its FourCCs (E-RTMP v2)."""
    properties: dict[str, amf.Value] = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31}
    if enhanced:
        can_decode = 1
        properties |= {
            "fourCcList": [*_VIDEO, *_AUDIO],
            "videoFourCcInfoMap": dict.fromkeys(_VIDEO, can_decode),
            "audioFourCcInfoMap": dict.fromkeys(_AUDIO, can_decode),
            "capsEx": _MULTITRACK_AND_MODIFIERS,
        }
    information: dict[str, amf.Value] = {
        "level": "status",
        "code": "NetConnection.Connect.Success",
        "description": "Connection succeeded.",
        "objectEncoding": 0,
    }
    return command(0, "_result", transaction, properties, information)


def stream_created(transaction: float) -> Message:
    return command(0, "_result", transaction, None, STREAM_ID)


def call_failed(transaction: float, description: str) -> Message:
    information: dict[str, amf.Value] = {
        "level": "error",
        "code": "NetConnection.Call.Failed",
        "description": description,
    }
    return command(0, "_error", transaction, None, information)


def status(level: str, code: str, description: str) -> Message:
    """Return an onStatus on the publisher's message stream; level `status` or `error`."""
    information: dict[str, amf.Value] = {
        "level": level,
        "code": code,
        "description": description,
    }
    return command(STREAM_ID, "onStatus", 0, None, information)
