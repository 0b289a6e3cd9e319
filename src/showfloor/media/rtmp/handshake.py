"""The server's half of the RTMP handshake (RTMP 1.0, 5.2), in its plain form.

The form with digests only proves the server's identity to Flash players; encoders need no proof.
"""

import os
from collections.abc import Callable
from typing import Final

from showfloor.media.rtmp.errors import ProtocolError

VERSION: Final = 3
_ENCRYPTED: Final = 6  # RTMPE
PACKET_SIZE: Final = 1536


class HandshakeError(ProtocolError):
    """The peer does not begin like an RTMP client."""


class Handshake:
    """Takes C0, C1, C2 as they arrive and answers with S0, S1, S2."""

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self._random = random
        self._buffer = bytearray()
        self._answered = False
        self.done = False

    def feed(self, data: bytes) -> bytes:
        """Take bytes; return the answer, which may be empty. Read `done` afterwards."""
        assert not self.done
        self._buffer += data
        if self._buffer and self._buffer[0] != VERSION:
            encrypted = " (RTMPE)" if self._buffer[0] == _ENCRYPTED else ""
            raise HandshakeError(f"RTMP version {self._buffer[0]}{encrypted}")
        reply = b""
        if not self._answered and len(self._buffer) >= 1 + PACKET_SIZE:
            self._answered = True
            client_one = bytes(self._buffer[1 : 1 + PACKET_SIZE])
            server_one = bytes(8) + self._random(PACKET_SIZE - 8)
            reply = bytes([VERSION]) + server_one + client_one
        # C2 should echo S1. Nothing depends on it and some encoders get it wrong.
        self.done = len(self._buffer) >= 1 + 2 * PACKET_SIZE
        return reply

    def rest(self) -> bytes:
        """Return the bytes that came after C2; call it once, when `done`."""
        assert self.done
        rest = bytes(self._buffer[1 + 2 * PACKET_SIZE :])
        self._buffer.clear()
        return rest
