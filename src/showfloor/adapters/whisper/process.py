"""The server's side of the process that recognises speech."""

import asyncio
import contextlib
import json
import logging
import sys
from typing import Final, override

from showfloor.adapters.child_process import end_or_kill
from showfloor.adapters.whisper import wire
from showfloor.media.listening.ports import HeardWords, SpeechProcess
from showfloor.media.packets import AudioTrack, Codec

log = logging.getLogger(__name__)

WORKER: Final = "showfloor.adapters.whisper.worker"
WHISPER: Final = "showfloor.adapters.whisper.recogniser:WhisperRecogniser"
WAITING_BYTES_MAX: Final = 1 << 18  # some ten seconds of sound; then it is dropped
LINE_MAX: Final = 1 << 16
END_WITHIN_S: Final = 2.0
CODECS: Final = {Codec.AAC: "aac", Codec.OPUS: "opus"}  # FFmpeg's names


class WhisperProcess(SpeechProcess):
    def __init__(self, model: str, language: str, recogniser: str = WHISPER) -> None:
        self._arguments = [
            "--recogniser", recogniser, "--model", model,
            "--language", language.partition("-")[0],  # Whisper knows no regions
        ]  # fmt: skip
        self._child: asyncio.subprocess.Process | None = None
        self._is_dropping = False

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    @override
    async def start(self) -> None:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", WORKER, *self._arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE_MAX,
            start_new_session=True,  # Ctrl-C reaches the server, which ends the worker in order
        )  # fmt: skip

    @override
    def track(self, track: AudioTrack) -> None:
        self._write(wire.track(CODECS[track.codec], track.config.record))

    @override
    def packet(self, at_ms: int, data: bytes) -> None:
        self._write(wire.packet(at_ms, data))

    def _write(self, frame: bytes) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        pipe = self._child.stdin
        is_full = pipe.transport.get_write_buffer_size() > WAITING_BYTES_MAX
        if is_full and not self._is_dropping:
            log.warning("captions_process_behind pid=%s", self._child.pid)
        self._is_dropping = is_full
        if not is_full and not pipe.is_closing():
            pipe.write(frame)

    @override
    async def heard(self) -> HeardWords | None:
        assert self._child is not None
        assert self._child.stdout is not None
        while line := await self._child.stdout.readline():
            told = json.loads(line)
            if "skipped_ms" in told:
                log.warning("captions_skipped pid=%s ms=%d", self._child.pid, told["skipped_ms"])
            else:
                return HeardWords(told["text"], told["start_ms"], told["end_ms"])
        return None

    @override
    async def close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        with contextlib.suppress(ConnectionError, RuntimeError):
            child.stdin.close()
        await end_or_kill(child, child.wait(), END_WITHIN_S)
