"""The sound's loudness, measured and led while FFmpeg runs.

FFmpeg measures (`ebur128`) beside the sound's way, so that nothing waits for it, and writes each
value to a pipe. Its `volume` is told the gain by the one way in that a running graph has, `azmq`: a
socket in a folder of our own, on which it speaks ZMTP 3.0 as the answering side. FFmpeg's own
`loudnorm` looks three seconds ahead, by which every viewer would be later.
"""

import asyncio
import logging
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, override

from showfloor.media.encoding.loudness import GainControl

log = logging.getLogger(__name__)

VALUE: Final = b"lavfi.r128.S="
LINE_MAX: Final = 4096
TELL_TIMEOUT_S: Final = 2.0
_GREETING: Final = b"\xff" + bytes(8) + b"\x7f\3\0" + b"NULL".ljust(20, b"\0") + bytes(32)
_READY: Final = b"\x05READY\x0bSocket-Type\0\0\0\x03REQ\x08Identity\0\0\0\0"
_LIMIT: Final = 0.84  # -1.5 dB, for what the encoder adds


class LoudnessControl(asyncio.Protocol):
    """Leads the loudness of one FFmpeg child."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="showfloor-sound-")
        self._socket = Path(self._folder.name) / "gain"
        self._gain = GainControl()
        self._rest = b""
        self._wanted_db: float | None = None
        self._telling: asyncio.Task[None] | None = None
        self._link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._transport: asyncio.BaseTransport | None = None

    def graph(self, fd: int) -> str:
        """Return the filters behind the sound's first ones; values are written to `fd`."""
        return (
            ",asplit=2[heard][sound];"
            "[heard]ebur128=metadata=1:framelog=quiet,"
            f"ametadata=mode=print:key=lavfi.r128.S:file=pipe\\\\:{fd}:direct=1,anullsink;"
            f"[sound]azmq=bind_address=ipc\\\\://{self._socket},"
            f"volume@gain=volume=0dB,alimiter=limit={_LIMIT}:level=0"
        )

    async def read(self, values: IO[bytes]) -> None:
        """Follow the values that come from here; it is closed at the end."""
        await asyncio.get_running_loop().connect_read_pipe(lambda: self, values)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-LINE_MAX:]
        for line in lines:
            if line.startswith(VALUE):
                with suppress(ValueError):
                    self._lead(self._gain.take(float(line.removeprefix(VALUE))))

    def _lead(self, gain_db: float | None) -> None:
        """Tell a new gain; while one is being told, the latest waits."""
        if gain_db is None:
            return
        self._wanted_db = gain_db
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="gain")

    async def _tell(self) -> None:
        while self._wanted_db is not None:
            gain_db, self._wanted_db = self._wanted_db, None
            await self._say(gain_db)

    async def _say(self, gain_db: float) -> None:
        try:
            async with asyncio.timeout(TELL_TIMEOUT_S):
                reader, writer = self._link or await self._connect()
                self._link = reader, writer
                text = f"volume@gain volume {gain_db:.1f}dB".encode()
                writer.write(b"\1\0\0" + bytes([len(text)]) + text)  # an empty frame, then it
                await _frame(reader)
                await _frame(reader)
        except (OSError, EOFError, TimeoutError) as error:
            log.warning("gain_not_told reason=%s", error)
            self._unlink()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        writer.write(_GREETING)
        await reader.readexactly(len(_GREETING))
        writer.write(bytes([4, len(_READY)]) + _READY)
        await _frame(reader)
        return reader, writer

    def _unlink(self) -> None:
        if self._link is not None:
            self._link[1].close()
        self._link = None

    def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
        self._unlink()
        if self._transport is not None:
            self._transport.close()
        self._folder.cleanup()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """Return the body of one short frame (ZMTP 3.0, section 2.2)."""
    _flags, size = await reader.readexactly(2)
    return await reader.readexactly(size)
