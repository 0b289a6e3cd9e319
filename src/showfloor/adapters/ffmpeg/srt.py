"""An SRT listener by FFmpeg, whose wheel has libsrt: MPEG-TS in, encrypted, and FLV out on stdout.

FFmpeg tells nobody the stream id of a caller, so each show has a port and a pass phrase of its own.
FFmpeg unwraps the 33-bit stamps of MPEG-TS; nothing is encoded here. Other users of this machine
can read command lines, so the address with its pass phrase goes by a pipe: as a list of one entry,
which FFmpeg's `concat` reads.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Final, override
from urllib.parse import urlencode

import imageio_ffmpeg

from showfloor.adapters.ffmpeg import flv_child
from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from showfloor.media.packets import SourceItem
from showfloor.media.srt.ports import SrtPlace, SrtReceiver

PROBE_BYTES: Final = 500_000
PROBE_US: Final = 1_000_000
WRONG_PASSPHRASE: Final = b"rsp(REJECT): 1010"  # SRT_REJ_BADSECRET + 1000, once for each caller


def command(executable: str, listing: int) -> list[str]:
    """Return FFmpeg's arguments. `listing`: the descriptor from which it reads the address."""
    return [
        executable, "-hide_banner", "-nostats", "-nostdin", "-loglevel", "warning",
        "-probesize", str(PROBE_BYTES), "-analyzeduration", str(PROBE_US),
        # Nothing that comes is read as another format, or leads to another address.
        "-protocol_whitelist", "pipe,srt", "-format_whitelist", "concat,mpegts",
        "-safe", "0", "-f", "concat", "-i", f"pipe:{listing}",
        "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy",
        *flv_child.flv_to(1),
    ]  # fmt: skip


def address_list(host: str, latency_ms: int, place: SrtPlace) -> bytes:
    """Return what FFmpeg reads in place of an address on its command line."""
    options = urlencode({
        "mode": "listener", "passphrase": place.passphrase, "pbkeylen": 16,
        "enforced_encryption": 1, "latency": latency_ms * 1000,
    })  # fmt: skip
    address = f"[{host}]" if ":" in host else host
    return f"ffconcat version 1.0\nfile 'srt://{address}:{place.port}?{options}'\n".encode()


@contextmanager
def _listed(content: bytes) -> Iterator[int]:
    """Give a descriptor from which a child reads this; a pipe holds far more."""
    reading, writing = os.pipe()
    try:
        os.write(writing, content)
        os.close(writing)
        yield reading
    finally:
        os.close(reading)


class FfmpegSrtReceiver(SrtReceiver):
    """Runs one child for one encoder. `latency_ms`: the time that SRT has to send anew."""

    def __init__(self, host: str, latency_ms: int) -> None:
        self._host = host
        self._latency_ms = latency_ms
        self._child: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None

    @override
    async def items(
        self, place: SrtPlace, on_refused: Callable[[], None]
    ) -> AsyncGenerator[SourceItem]:
        executable = await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
        with _listed(address_list(self._host, self._latency_ms, place)) as listing:
            self._child = child = await asyncio.create_subprocess_exec(
                *ending_with_us(command(executable, listing)),
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                limit=flv_child.CHUNK_BYTES, pass_fds=[listing],
                start_new_session=True,  # Ctrl-C reaches the server, which ends it in order
            )  # fmt: skip
        self._listening = asyncio.create_task(self._listen(child, on_refused))
        has_come = False
        async with aclosing(flv_child.items_of(child)) as items:
            async for item in items:
                has_come = True
                yield item
        if not has_come:  # its complaint names the pass phrase, so nobody is told the words
            code = await child.wait()
            raise OSError(f"FFmpeg ended with {code} before media came; is UDP {place.port} free?")

    @override
    async def close(self) -> None:
        if self._child is None:
            return
        await flv_child.end(self._child)
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _listen(
        self, child: asyncio.subprocess.Process, on_refused: Callable[[], None]
    ) -> None:
        """Read what libsrt complains of; a line is never longer than what is kept of it."""
        assert child.stderr is not None
        rest = b""
        while chunk := await child.stderr.read(4096):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-1000:]
            for line in lines:
                if WRONG_PASSPHRASE in line:
                    on_refused()
