"""Media for tests: clips that FFmpeg makes, parts made by hand, MP4 taken apart."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache

import imageio_ffmpeg

from showfloor.media.flv.packets import PacketReader
from showfloor.media.flv.tags import FlvReader
from showfloor.media.formats.aac import AacConfig
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.packaging.segmenter import Part, RungInit
from showfloor.media.packets import AudioTrack, MediaPacket, SourceItem, VideoTrack
from showfloor.media.ports import Rung

FPS = Fraction(30)
RUNGS = (
    Rung("720p", 1280, 720, 2500, FPS),
    Rung("480p", 854, 480, 1200, FPS),
    Rung("360p", 640, 360, 700, FPS),
)
AVC_RECORD = bytes.fromhex(  # of x264: 320x180
    "0142c00dffe100176742c00dda05067e7c0440000003004000000f03c50aa801000468ce0fc8"
)
AAC_RECORD = bytes.fromhex("1190")
VIDEO = VideoTrack(AvcConfig.parse(AVC_RECORD))
AUDIO = AudioTrack(AacConfig.parse(AAC_RECORD))
INITS = tuple(RungInit(f"avc1.{rung.kbps},mp4a.40.2", rung.name.encode()) for rung in RUNGS)
PARTS_PER_SEGMENT = 6
PART_S = Fraction(1, 3)
T0 = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


class FixedClock:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def picture(
    dts_ms: int, data: bytes = b"picture", *, is_key: bool = True, track: VideoTrack = VIDEO
) -> MediaPacket:
    return MediaPacket(track, dts_ms, dts_ms, is_key, data)


def sound(dts_ms: int, data: bytes = b"sound") -> MediaPacket:
    return MediaPacket(AUDIO, dts_ms, dts_ms, True, data)


def payload(broadcast: int, rung: str, segment: int, index: int) -> bytes:
    """Made-up bytes of a part."""
    return f"[{broadcast}/{rung}/{segment}.{index}]".encode()


def part(
    number: int,
    *,
    broadcast: int = 1,
    rungs: Sequence[Rung] = RUNGS,
    duration: Fraction = PART_S,
    ends_segment: bool | None = None,
) -> Part:
    """The part of that number since the broadcast's start, at 30 frames/s."""
    segment, index = divmod(number, PARTS_PER_SEGMENT)
    ends = index == PARTS_PER_SEGMENT - 1 if ends_segment is None else ends_segment
    bodies = tuple(payload(broadcast, rung.name, segment, index) for rung in rungs)
    return Part(segment, index, number * PART_S, duration, index == 0, ends, bodies)


def ffmpeg(*arguments: str, stdin: bytes = b"", timeout_s: float = 60) -> tuple[bytes, str]:
    """Return FFmpeg's stdout and stderr; raise AssertionError when it fails."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout_s, check=False)
    complaint = done.stderr.decode("utf-8", "replace")
    assert done.returncode == 0, complaint
    return done.stdout, complaint


@cache
def clip(
    *,
    size: str = "320x180",
    fps: str = "30",
    seconds: float = 4,
    audio: bool = True,
    extra: tuple[str, ...] = (),
) -> tuple[SourceItem, ...]:
    """A test picture with a beep every second, as an encoder would send it."""
    sound = ["-f", "lavfi", "-i", "sine=440:beep_factor=4:sample_rate=44100"] if audio else []
    data, _ = ffmpeg(
        "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}", *sound,
        "-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
        "-g", "30", "-c:a", "aac", "-ac", "2", *extra, "-f", "flv", "-",
    )  # fmt: skip
    reader = PacketReader()
    return tuple(item for tag in FlvReader().feed(data) for item in reader.take(tag))


def count_frames(data: bytes) -> tuple[int, float]:
    """Decode an MP4 whole, strictly: the video's frames and the audio's seconds."""
    _, log = ffmpeg("-v", "error", "-xerror", "-i", "-", "-map", "0:v", "-f", "null", "-",
                    stdin=data)  # fmt: skip
    assert log == "", log
    frames, log = ffmpeg("-v", "error", "-xerror", "-copyts", "-i", "-", "-map", "0:v",
                         "-f", "framemd5", "-", stdin=data)  # fmt: skip
    assert log == "", log
    lines = [line for line in frames.decode().splitlines() if not line.startswith("#")]
    pcm, log = ffmpeg("-v", "error", "-xerror", "-i", "-", "-map", "0:a", "-ac", "1",
                      "-ar", "48000", "-f", "s16le", "-", stdin=data)  # fmt: skip
    assert log == "", log
    return len(lines), len(pcm) / 2 / 48_000


@dataclass(frozen=True, slots=True)
class Box:
    kind: str
    body: bytes


def boxes(data: bytes) -> Iterator[Box]:
    """The boxes in `data`, which must end with the last of them."""
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4])
        assert 8 <= size <= len(data) - position
        kind = data[position + 4 : position + 8].decode("ascii")
        yield Box(kind, data[position + 8 : position + size])
        position += size


def find(data: bytes, *path: str) -> list[bytes]:
    """The bodies of all boxes at a path like ("moof", "traf", "tfdt")."""
    found = [box.body for box in boxes(data) if box.kind == path[0]]
    if len(path) == 1:
        return found
    return [body for outer in found for body in find(outer, *path[1:])]
