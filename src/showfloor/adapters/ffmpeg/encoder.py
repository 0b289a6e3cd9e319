"""The encoder: one FFmpeg child for one broadcast, FLV in on stdin, FLV out on a pipe per rung.

The child decodes once and encodes every rung at a constant frame rate with key frames exactly
every 2 s. It keeps the time stamps that it is given (`-copyts`), so the audio pipe, whose first
frame is the AAC encoder's priming and lies 21 ms before the sound, stays in step with the video
pipes. When this process dies, the child reads the end of its stdin and ends by itself.
"""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import IO, Final, override

import imageio_ffmpeg

from showfloor.adapters.ffmpeg.flv_child import flv_to
from showfloor.adapters.ffmpeg.loudness import LoudnessControl
from showfloor.adapters.ffmpeg.video_encoders import VideoEncoder, chosen
from showfloor.media.encoding.ladder import AUDIO_KBPS
from showfloor.media.flv.errors import FlvError
from showfloor.media.flv.packets import PacketReader, packet_tag, track_tag
from showfloor.media.flv.tags import FlvReader, encode_header, encode_tag
from showfloor.media.packets import MediaPacket, Track, TrackKind
from showfloor.media.ports import AUDIO, Encoder, OnPacket, Rung, SourceInfo

log = logging.getLogger(__name__)

FINISH_TIMEOUT_S: Final = 3.0
KILL_TIMEOUT_S: Final = 3.0
COMPLAINT_LINES_MAX: Final = 12
STDIN_HIGH_WATER: Final = 1 << 19  # bytes waiting for the child before `drain` holds the sender
STDIN_LOW_WATER: Final = STDIN_HIGH_WATER // 4  # below this the sender goes on
SAME_SHAPE_WITHIN: Final = 0.01


def fitted(rung: Rung) -> str:
    """Return the filters that bring a picture to the rung's size: black stands beside a picture of
    another shape (a phone that is turned), but not beside one whose shape is the rung's but for the
    rounding to even sides."""
    width, height = rung.width, rung.height
    is_same = f"lt(abs(a*{height}/{width}-1),{SAME_SHAPE_WITHIN})"
    return (
        f"scale=w='if({is_same},{width},min({width},trunc({height}*a)))'"
        f":h='if({is_same},{height},min({height},trunc({width}/a)))':out_range=tv,"
        f"pad={width}:{height}:-1:-1:eval=frame"
    )


def command(
    executable: str, video: VideoEncoder, has_audio: bool, rungs: Sequence[Rung],
    fds: Sequence[int], sound: str = "",
) -> list[str]:  # fmt: skip
    """Return FFmpeg's arguments. `fds`: one for each rung, then one for audio if there is any;
    `sound`: more filters of the audio. Without a rung it encodes the sound alone."""
    graphs = ["-filter_complex", _picture_graph(video, rungs)] if rungs else []
    if has_audio:
        # Holes of more than 30 ms become silence; the sound is never stretched. A graph of its
        # own: FFmpeg starts a graph when each of its inputs has had a frame, and pictures shall
        # not wait for sound that comes late or never.
        resampled = "[0:a:0]aresample=48000:async=1:min_hard_comp=0.03"
        graphs += ["-filter_complex", f"{resampled}{sound}[a]"]
    # Probing is cut short because every header comes first; the packets looked at are kept.
    # One decoding thread: frame threads would hold back a frame each.
    arguments = [
        executable, "-hide_banner", "-nostats", "-loglevel", "error", *video.first,
        "-probesize", "32", "-analyzeduration", "1", "-fpsprobesize", "0",
        "-copyts", "-threads", "1", "-reinit_filter", "0", "-f", "flv", "-i", "pipe:0",
        *graphs,
    ]  # fmt: skip
    for n, rung in enumerate(rungs):
        arguments += ["-map", f"[v{n}]", "-fps_mode", "passthrough", *video.arguments(rung)]
        arguments += flv_to(fds[n])
    if has_audio:
        arguments += ["-map", "[a]", "-c:a", "aac", "-b:a", f"{AUDIO_KBPS}k", "-ac", "2"]
        arguments += ["-ar", "48000", *flv_to(fds[-1])]
    return arguments


def _picture_graph(video: VideoEncoder, rungs: Sequence[Rung]) -> str:
    """Return the filters from one picture to all rungs. One `fps` filter for all: the same frames,
    duplicated or dropped, are in each of them."""
    names = "".join(f"[s{n}]" for n in range(len(rungs)))
    graph = [f"[0:v:0]fps={rungs[0].fps},split={len(rungs)}{names}"]
    graph += [f"[s{n}]{fitted(rung)},setsar=1,{video.upload}[v{n}]" for n, rung in enumerate(rungs)]
    return ";".join(graph)


class FfmpegEncoder(Encoder):
    """An `Encoder` that runs FFmpeg."""

    def __init__(
        self, preset: str = "veryfast", executable: str | None = None, *, video: str = "x264",
        evens_loudness: bool = False,
    ) -> None:  # fmt: skip
        """`video`: `x264`, whose preset this is, or an encoder of a graphics card."""
        self._evens_loudness = evens_loudness
        self._loudness: LoudnessControl | None = None
        self._video = chosen(video, preset)
        self._executable = executable
        self._child: asyncio.subprocess.Process | None = None
        self._pipes: list[_Pipe] = []
        self._configured: dict[TrackKind, Track] = {}  # what the child was told
        self._complaints: deque[str] = deque(maxlen=COMPLAINT_LINES_MAX)
        self._listening: asyncio.Task[None] | None = None

    @override
    async def start(
        self,
        source: SourceInfo,
        tracks: Sequence[Track],
        rungs: Sequence[Rung],
        on_packet: OnPacket,
    ) -> None:
        assert self._child is None, "one encoder serves one broadcast"
        # The first call runs the program once to see that it works.
        executable = self._executable or await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
        assert executable, "the wheel brings one"
        indices = [*range(len(rungs)), *([AUDIO] if source.has_audio else [])]
        if self._evens_loudness and source.has_audio:
            self._loudness = LoudnessControl()
        reading, writing = _make_pipes(len(indices) + (self._loudness is not None))
        sound = self._loudness.graph(writing[-1]) if self._loudness is not None else ""
        fds = writing[: len(indices)]
        try:
            self._child = await asyncio.create_subprocess_exec(
                *command(executable, self._video, source.has_audio, rungs, fds, sound),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=writing,
                start_new_session=True,  # Ctrl-C reaches the server, which ends the child in order
            )
        except BaseException:
            for fd in reading:
                os.close(fd)
            raise
        finally:
            for fd in writing:
                os.close(fd)
        files = [os.fdopen(fd, "rb", 0) for fd in reading]
        try:
            if self._loudness is not None:
                await self._loudness.read(files.pop())
            await self._read(files, indices, on_packet)
        except BaseException:
            await self._abandon(files)
            raise
        self._listening = asyncio.create_task(self._listen())
        stdin = self._stdin
        stdin.transport.set_write_buffer_limits(STDIN_HIGH_WATER, STDIN_LOW_WATER)
        stdin.write(encode_header(has_video=bool(rungs), has_audio=source.has_audio))
        # The short probe sees the headers alone if they come first, and nothing else between.
        for track in tracks:
            self._configure(track)

    async def _read(
        self, files: Sequence[IO[bytes]], indices: Sequence[int], on_packet: OnPacket
    ) -> None:
        loop = asyncio.get_running_loop()
        for index, file in zip(indices, files, strict=True):
            pipe = _Pipe(index, on_packet)
            self._pipes.append(pipe)
            await loop.connect_read_pipe(partial(_itself, pipe), file)

    async def _abandon(self, files: Sequence[IO[bytes]]) -> None:
        """End a child that cannot be read: nobody else would."""
        child, self._child = self._child, None
        assert child is not None
        with suppress(ProcessLookupError):
            child.kill()
        for pipe in self._pipes:
            pipe.close()
        if self._loudness is not None:
            self._loudness.close()
        for file in files:
            file.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(KILL_TIMEOUT_S):
                await child.wait()

    @property
    def pid(self) -> int | None:
        """The process id of the child, while there is one."""
        return self._child.pid if self._child is not None else None

    @property
    def _stdin(self) -> asyncio.StreamWriter:
        assert self._child is not None
        assert self._child.stdin is not None
        return self._child.stdin

    @override
    def write(self, packet: MediaPacket) -> None:
        if self._stdin.is_closing():
            return
        if self._configured.get(packet.track.kind) is not packet.track:
            self._configure(packet.track)
        self._stdin.write(encode_tag(packet_tag(packet)))

    def _configure(self, track: Track) -> None:
        """Tell the child how the track's next packets are decoded."""
        if self._configured.get(track.kind) != track:
            self._stdin.write(encode_tag(track_tag(track)))
        self._configured[track.kind] = track

    @property
    @override
    def has_room(self) -> bool:
        return self._stdin.transport.get_write_buffer_size() <= STDIN_LOW_WATER

    @override
    async def drain(self) -> None:
        with suppress(ConnectionError):  # the child is gone; `wait` tells
            await self._stdin.drain()

    @override
    async def finish(self) -> None:
        if self._child is None:
            return
        self._stdin.close()
        try:
            async with asyncio.timeout(FINISH_TIMEOUT_S):
                await self.wait()
        except TimeoutError:
            log.warning("encoder_did_not_finish timeout_s=%s", FINISH_TIMEOUT_S)
            await self.kill()

    @override
    async def kill(self) -> None:
        if self._child is None:
            return
        with suppress(ProcessLookupError):
            self._child.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(KILL_TIMEOUT_S):
                await self.wait()
        for pipe in self._pipes:
            pipe.close()
        self._stdin.close()

    @override
    async def wait(self) -> str:
        assert self._child is not None
        assert self._listening is not None
        await asyncio.gather(*(pipe.ended.wait() for pipe in self._pipes))
        await self._child.wait()
        await asyncio.shield(self._listening)
        if self._loudness is not None:
            self._loudness.close()
        broken = [pipe.error for pipe in self._pipes if pipe.error]
        return "; ".join([*broken, *self._complaints])

    async def _listen(self) -> None:
        """Keep the last lines that the child writes to stderr."""
        assert self._child is not None
        assert self._child.stderr is not None
        while chunk := await self._child.stderr.read(4096):
            lines = chunk.decode("utf-8", "replace").splitlines()
            self._complaints.extend(line.strip()[:300] for line in lines if line.strip())


def _make_pipes(count: int) -> tuple[list[int], list[int]]:
    """Return the ends to read from and the ends for the child."""
    reading: list[int] = []
    writing: list[int] = []
    for _ in range(count):
        read_end, write_end = os.pipe()
        reading.append(read_end)
        writing.append(write_end)
    return reading, writing


def _itself(pipe: "_Pipe") -> "_Pipe":
    return pipe


class _Pipe(asyncio.Protocol):
    """Reads the packets of one pipe."""

    def __init__(self, index: int, on_packet: OnPacket) -> None:
        self.ended = asyncio.Event()
        self.error = ""
        self._index = index
        self._on_packet = on_packet
        self._tags = FlvReader()
        self._packets = PacketReader()
        self._transport: asyncio.BaseTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        try:
            items = [item for tag in self._tags.feed(data) for item in self._packets.take(tag)]
        except FlvError as error:
            self.error = f"pipe {self._index}: {error}"
            self.close()
            return
        for item in items:
            if isinstance(item, MediaPacket):
                self._on_packet(self._index, item)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
