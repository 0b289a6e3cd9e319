"""Frames of RFC 6455: a builder for unmasked frames to clients, a parser of masked frames from
them.

There is no compression and no extension: the same bytes go to everyone, so a frame is built once. A
parser holds at most one message of `message_max` bytes, whatever a client announces.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

FRAGMENTS_MAX: Final = 64  # of one message: empty ones cost the server time and the sender nothing
AT_ONCE_MAX: Final = 200  # messages in one piece of the stream, which is 256 KB at most


class Opcode(IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class CloseCode(IntEnum):
    """RFC 6455 section 7.4.1; 4xxx are this protocol's."""

    NORMAL = 1000
    PROTOCOL = 1002
    NOT_UTF8 = 1007
    TOO_BIG = 1009
    RESTART = 1012
    BAD_FRAME = 4400
    BAD_TOKEN = 4401
    NO_RIGHT = 4402
    BANNED = 4403
    NO_SHOW = 4404
    TOO_SLOW = 4408
    TOO_MANY_FRAMES = 4429
    TOO_MANY_CONNECTIONS = 4503


class FrameError(Exception):
    """The client's bytes break the protocol; `code` is the code to close with."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message, or a control frame. `text` messages are UTF-8."""

    opcode: Opcode
    payload: bytes


_FIN, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_LENGTH_16, _LENGTH_64 = 126, 127
_CONTROL_MAX = 125
_MASK_BYTES = 4
_CLOSE_CODE_BYTES = 2
# Close codes that a peer may send: registered ones, and those of libraries and applications.
_REGISTERED = {1000, 1001, 1002, 1003, *range(1007, 1015)}
_OPCODES = {int(opcode): opcode for opcode in Opcode}


def build(opcode: Opcode, payload: bytes) -> bytes:
    """Return a whole unmasked frame."""
    size = len(payload)
    first = bytes([_FIN | opcode])
    if size < _LENGTH_16:
        return first + bytes([size]) + payload
    if size < 1 << 16:
        return first + bytes([_LENGTH_16]) + size.to_bytes(2) + payload
    return first + bytes([_LENGTH_64]) + size.to_bytes(8) + payload


def text(payload: bytes) -> bytes:
    return build(Opcode.TEXT, payload)


def close(code: int, reason: str = "") -> bytes:
    """Return a close frame; `reason` is cut to the size of a control frame."""
    said = reason.encode()[: _CONTROL_MAX - _CLOSE_CODE_BYTES].decode(errors="ignore").encode()
    return build(Opcode.CLOSE, code.to_bytes(_CLOSE_CODE_BYTES) + said)


def unmask(payload: bytes, mask: bytes) -> bytes:
    """Return the payload XOR the repeated mask, as one long number: a Python loop takes 100 times
    as long."""
    size = len(payload)
    if not size:
        return b""
    key = (mask * (size // _MASK_BYTES + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


class FrameParser:
    """Turns bytes into messages. It is empty between messages, so an idle connection needs none."""

    __slots__ = ("_buffer", "_fragments", "_message_max", "_opcode", "_size")

    def __init__(self, message_max: int) -> None:
        self._message_max = message_max
        self._buffer = b""
        self._fragments: list[bytes] | None = None
        self._opcode = Opcode.TEXT
        self._size = 0

    @property
    def is_empty(self) -> bool:
        return not self._buffer and self._fragments is None

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that `data` completes; FrameError, after which the parser is of no
        use."""
        buffer = self._buffer + data if self._buffer else data
        messages: list[Message] = []
        at = 0
        while (frame := self._frame(buffer, at)) is not None:
            head, payload, at = frame
            message = self._take(head, payload)
            if message is not None:
                messages.append(message)
                if len(messages) > AT_ONCE_MAX:
                    raise FrameError(CloseCode.TOO_MANY_FRAMES, "not so fast")
                if message.opcode is Opcode.CLOSE:
                    buffer = b""  # bytes after a close are ignored
                    break
        self._buffer = buffer[at:] if buffer else b""
        return messages

    def _frame(self, buffer: bytes, at: int) -> tuple[int, bytes, int] | None:
        """Return first byte, unmasked payload and end of the frame at `at`; None while it is not
        whole.

        The header is checked at once, so that no client can make the server wait for a frame that
        is too big.
        """
        if len(buffer) < at + 2:
            return None
        head, second = buffer[at], buffer[at + 1]
        self._check_head(head, second)
        size, body = second & _LENGTH, at + 2
        if size >= _LENGTH_16:
            width = 2 if size == _LENGTH_16 else 8
            if len(buffer) < body + width:
                return None
            size = int.from_bytes(buffer[body : body + width])
            body += width
        if head & _OPCODE < Opcode.CLOSE and size + self._size > self._message_max:
            raise FrameError(CloseCode.TOO_BIG, "a message is shorter than that")
        end = body + _MASK_BYTES + size
        if len(buffer) < end:
            return None
        mask = buffer[body : body + _MASK_BYTES]
        return head, unmask(buffer[body + _MASK_BYTES : end], mask), end

    def _check_head(self, head: int, second: int) -> None:
        opcode = head & _OPCODE
        if head & _RESERVED or opcode not in _OPCODES:
            raise FrameError(CloseCode.PROTOCOL, "not a frame of this protocol")
        if not second & _MASKED:
            raise FrameError(CloseCode.PROTOCOL, "a client masks its frames")
        if opcode >= Opcode.CLOSE:
            if not head & _FIN or second & _LENGTH > _CONTROL_MAX:
                raise FrameError(CloseCode.PROTOCOL, "a control frame is short and whole")
        elif (opcode == Opcode.CONTINUATION) != (self._fragments is not None):
            raise FrameError(CloseCode.PROTOCOL, "a continuation of nothing, or none")

    def _take(self, head: int, payload: bytes) -> Message | None:
        opcode = _OPCODES[head & _OPCODE]
        if opcode is Opcode.CLOSE:
            return Message(opcode, _checked_close(payload))
        if opcode >= Opcode.CLOSE:
            return Message(opcode, payload)
        if self._fragments is None:
            if head & _FIN:
                return Message(opcode, _checked_text(opcode, payload))
            self._fragments, self._opcode = [], opcode
        self._fragments.append(payload)
        self._size += len(payload)
        if len(self._fragments) > FRAGMENTS_MAX:
            raise FrameError(CloseCode.PROTOCOL, "a message in too many pieces")
        if not head & _FIN:
            return None
        whole = b"".join(self._fragments)
        self._fragments, self._size = None, 0
        return Message(self._opcode, _checked_text(self._opcode, whole))


def _checked_text(opcode: Opcode, payload: bytes) -> bytes:
    if opcode is Opcode.TEXT:
        try:
            payload.decode()
        except UnicodeDecodeError:
            raise FrameError(CloseCode.NOT_UTF8, "not UTF-8") from None
    return payload


def _checked_close(payload: bytes) -> bytes:
    if not payload:
        return payload
    code = int.from_bytes(payload[:_CLOSE_CODE_BYTES])
    if len(payload) < _CLOSE_CODE_BYTES or not (code in _REGISTERED or 3000 <= code < 5000):
        raise FrameError(CloseCode.PROTOCOL, "a close without a code that may be sent")
    _checked_text(Opcode.TEXT, payload[_CLOSE_CODE_BYTES:])
    return payload
