"""Makes the demo's video once, and publishes it in a loop, with the wall clock laid over it."""

import hashlib
import queue
import subprocess
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg

from showfloor_demo import clockcode, film, lettering, music, pictures

WORKERS = 2
CHUNKS = 4
STEP = 30  # frames between two words about progress
TIMEOUT_S = 600
PUBLISHED_KBPS = 3500

type Progress = Callable[[str], None]  # a line for the person who waits

_reports: "Queue[int] | None" = None


def source_state() -> str:
    digest = hashlib.sha256()
    for name in ("film", "music", *pictures.SOURCES):
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


def _listen(reports: "Queue[int]") -> None:
    global _reports  # a pool's worker is given things no other way
    _reports = reports


def _encode_command(ffmpeg: str, path: Path) -> list[str]:
    size = f"{film.WIDTH}x{film.HEIGHT}"
    return [
        ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-y",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(film.FPS), "-i", "-",
        "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
        "-c:v", "libx264", "-preset", "superfast", "-crf", "23", "-threads", "1",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
        "-g", str(film.FPS * 2), "-bf", "0", "-video_track_timescale", "15360", str(path),
    ]  # fmt: skip


def _make_chunk(ffmpeg: str, path: Path, first: int, end: int) -> None:
    """Draw and encode the frames `first` to `end` (without it)."""
    with subprocess.Popen(_encode_command(ffmpeg, path), stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        for number in range(first, end):
            child.stdin.write(film.frame(number).tobytes())
            if _reports is not None and (number - first) % STEP == STEP - 1:
                _reports.put(STEP)
        child.stdin.close()
        if child.wait(timeout=TIMEOUT_S):
            raise RuntimeError(f"FFmpeg could not encode {path.name}")


def _bounds() -> list[int]:
    """First frames of the chunks, at cuts, so that few scenes are drawn twice; and the end."""
    cuts, at = [0], 0.0
    for shot in film.SHOTS:
        at += shot.long_s
        cuts.append(round(at * film.FPS))
    wanted = [film.FRAMES * n / CHUNKS for n in range(1, CHUNKS)]
    inner = [min(cuts, key=lambda cut, w=want: abs(cut - w)) for want in wanted]  # type: ignore[misc]
    return [0, *inner, film.FRAMES]


def _join(ffmpeg: str, chunks: list[Path], sound: Path, result: Path) -> None:
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


def make(path: Path, progress: Progress | None = None) -> None:
    """Make the video at `path` (MP4, 1280×720, 30 frames/s, H.264 and AAC), unless it is there.

    It is made again when the code that draws it has changed. Half a minute on two cores.
    """
    stamp, state = path.with_suffix(".made"), source_state()
    if path.is_file() and stamp.is_file() and stamp.read_text() == state:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    bounds = _bounds()
    with TemporaryDirectory(dir=path.parent) as folder:
        room = Path(folder)
        chunks = [room / f"{n}.mp4" for n in range(CHUNKS)]
        context = get_context("spawn")
        reports = context.Queue()
        with ProcessPoolExecutor(WORKERS, context, _listen, (reports,)) as pool:
            work = [
                pool.submit(_make_chunk, ffmpeg, chunk, bounds[n], bounds[n + 1])
                for n, chunk in enumerate(chunks)
            ]
            music.write(room / "music.wav", film.LONG_S)
            _follow(work, reports, progress)
        _join(ffmpeg, chunks, room / "music.wav", room / "whole.mp4")
        (room / "whole.mp4").replace(path)
    stamp.write_text(state)


def _follow(work: "list[Future[None]]", reports: "Queue[int]", progress: Progress | None) -> None:
    """Pass the workers' progress on until all are done; raises what a worker raised."""
    done = said = 0
    while not all(job.done() for job in work):
        try:
            done += reports.get(timeout=0.2)
        except queue.Empty:
            continue
        if progress and done - said >= film.FRAMES // 4:
            said = done
            progress(f"{100 * done // film.FRAMES} % of the video")
    for job in work:
        job.result()


# --- on air --------------------------------------------------------------------------------------

CARD = (1072, 584, 192, 120)  # x, y, width, height of the clock's card, px


def clock_filters(font: Path) -> str:
    """Filter graph from the input's picture to `[out]`: a card with digits and their block code."""
    x, y, width, height = CARD
    escaped = str(font).replace("\\", "\\\\").replace(":", "\\:").replace("'", "\\'")
    return (
        f"[0:v]scale={film.WIDTH}:{film.HEIGHT}:force_original_aspect_ratio=decrease,"
        f"pad={film.WIDTH}:{film.HEIGHT}:-1:-1,fps={film.FPS},format=yuv420p,"
        f"drawbox=x={x}:y={y}:w={width}:h={height}:color=0x2a1218:t=fill,"
        f"drawtext=fontfile='{escaped}':fontsize=22:fontcolor=0xf0dcc0:"
        f"x={x + width // 2}-tw/2:y={y + 10}:text='%{{localtime\\:%T.%3N}}'[card];"
        + clockcode.overlay_filters("card", "out")
    )


def publish_command(
    ffmpeg: str, video: Path, url: str, font: Path = lettering.CLOCK, loop: bool = True
) -> list[str]:
    """Command that publishes a video in real time, for ever, as an encoder such as OBS does.

    The wall clock is laid over each frame at the moment it is sent. `url` may be an RTMP address
    with the stream key, or a file or `-` (then FLV is written).
    """
    return [
        ffmpeg, "-hide_banner", "-loglevel", "warning", "-nostdin",
        "-readrate", "1", "-readrate_initial_burst", "0.04",
        "-stream_loop", "-1" if loop else "0", "-i", str(video),
        "-filter_complex", clock_filters(font), "-map", "[out]", "-map", "0:a?",
        "-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "high",
        "-b:v", f"{PUBLISHED_KBPS}k", "-maxrate", f"{PUBLISHED_KBPS}k",
        "-bufsize", f"{PUBLISHED_KBPS}k", "-g", str(film.FPS * 2), "-bf", "0",
        "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2", "-f", "flv", url,
    ]  # fmt: skip
