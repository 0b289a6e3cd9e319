"""The demo's films as files, and the commands that publish them as an encoder would."""

import subprocess
from pathlib import Path

from showfloor_demo import clockcode, frames, lettering, pictures
from showfloor_demo.film import Film
from showfloor_demo.films import FILMS

CHUNKS = 4
TIMEOUT_S = 600
PUBLISHED_KBPS = 3500

SOURCES = (
    "film", "films", "frames", "tall", "velvet_hour", "workshop", "replay_films", "music", "video",
)  # fmt: skip


def source_state() -> str:
    """Return a hash of the code that draws the films: they are made again when it changes."""
    return pictures.source_state((*SOURCES, *pictures.SOURCES))


def _encode_command(ffmpeg: str, path: Path, what: Film) -> list[str]:
    """Return the command that encodes planes from its standard input: in a hurry, because the
    show's own encoder follows."""
    return [
        ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-y",
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-color_range", "tv", "-colorspace", "bt709",
        "-s", f"{what.size[0]}x{what.size[1]}", "-r", str(what.fps), "-i", "-",
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "21", "-threads", "1",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
        "-g", str(what.fps * 2), "-video_track_timescale", "15360", str(path),
    ]  # fmt: skip


def make_chunk(ffmpeg: str, path: Path, name: str, number: int) -> None:
    """Draw and encode one of the `CHUNKS` of a film."""
    what = FILMS[name]
    first, end = _bounds(what)[number : number + 2]
    with subprocess.Popen(_encode_command(ffmpeg, path, what), stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        for at in range(first, end):
            child.stdin.write(frames.frame(what, at).tobytes())
        child.stdin.close()
        if child.wait(timeout=TIMEOUT_S):
            raise RuntimeError(f"FFmpeg could not encode {path.name}")


def _bounds(what: Film) -> list[int]:
    """First frames of the chunks, at cuts, so that few scenes are drawn twice; and the end."""
    cuts, at = [0], 0.0
    for shot in what.shots:
        at += shot.long_s
        cuts.append(round(at * what.fps))
    wanted = [what.frames * n / CHUNKS for n in range(1, CHUNKS)]
    inner = [min(cuts, key=lambda cut, w=want: abs(cut - w)) for want in wanted]  # type: ignore[misc]
    return [0, *inner, what.frames]


def join(ffmpeg: str, chunks: list[Path], sound: Path, result: Path) -> None:
    """Make a film of its chunks and its sound (MP4, H.264 and AAC)."""
    names = result.with_suffix(".txt")
    names.write_text("".join(f"file '{chunk.name}'\n" for chunk in chunks))
    subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-y",
            "-f", "concat", "-safe", "0", "-i", str(names), "-i", str(sound),
            "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "160k",
            "-movflags", "+faststart", "-shortest", str(result),
        ],
        check=True, timeout=TIMEOUT_S,
    )  # fmt: skip


# --- on air --------------------------------------------------------------------------------------

WIDTH, HEIGHT, FPS = 1280, 720, 30
CARD = (1072, 584, 192, 120)  # x, y, width, height of the clock's card, px


def clock_filters(font: Path) -> str:
    """Filter graph from the input's picture to `[out]`: a card with digits and their block code."""
    x, y, width, height = CARD
    escaped = str(font).replace("\\", "\\\\").replace(":", "\\:").replace("'", "\\'")
    return (
        f"[0:v]scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease,"
        f"pad={WIDTH}:{HEIGHT}:-1:-1,fps={FPS},format=yuv420p,"
        f"drawbox=x={x}:y={y}:w={width}:h={height}:color=0x2a1218:t=fill,"
        f"drawtext=fontfile='{escaped}':fontsize=22:fontcolor=0xf0dcc0:"
        f"x={x + width // 2}-tw/2:y={y + 10}:text='%{{localtime\\:%T.%3N}}'[card];"
        + clockcode.overlay_filters("card", "out")
    )


def publish_command(
    ffmpeg: str, video: Path, url: str, font: Path = lettering.CLOCK, loop: bool = True
) -> list[str]:
    """Return the command that publishes a video in real time, with the wall clock on each frame.

    Benchmarks and tests measure delays by that clock. `url` may be an RTMP address with the stream
    key, or a file or `-` (then FLV is written). A camera never catches up: FFmpeg would run through
    the film 5 % faster after each hold, the one of a WHIP handshake for a minute or two.
    """
    return [
        ffmpeg, "-hide_banner", "-loglevel", "warning", "-nostdin",
        "-readrate", "1", "-readrate_initial_burst", "0.04", "-readrate_catchup", "1",
        "-stream_loop", "-1" if loop else "0", "-i", str(video),
        "-filter_complex", clock_filters(font), "-map", "[out]", "-map", "0:a?",
        "-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "high",
        "-b:v", f"{PUBLISHED_KBPS}k", "-maxrate", f"{PUBLISHED_KBPS}k",
        "-bufsize", f"{PUBLISHED_KBPS}k", "-g", str(FPS * 2), "-bf", "0",
        "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2", "-f", "flv", url,
    ]  # fmt: skip


def loop_command(ffmpeg: str, video: Path, url: str) -> list[str]:
    """Return the command that publishes a film in real time, for ever, as an encoder does.

    The film's own H.264 and AAC are sent as they are, which costs next to nothing.
    """
    return [
        ffmpeg, "-hide_banner", "-loglevel", "warning", "-nostdin",
        "-readrate", "1", "-readrate_initial_burst", "0.04",
        "-stream_loop", "-1", "-i", str(video), "-map", "0:v", "-map", "0:a", "-c", "copy",
        "-f", "flv", url,
    ]  # fmt: skip
