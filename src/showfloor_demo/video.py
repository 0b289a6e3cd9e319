"""The demo's films as files, and the commands that publish them as an encoder would."""

import queue
import subprocess
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg

from showfloor_demo import clockcode, film, lettering, music, pictures
from showfloor_demo.film import Film
from showfloor_demo.films import FILMS
from showfloor_demo.pictures import Progress

WORKERS = 2
CHUNKS = 4
STEP = 30  # frames between two words about progress
TIMEOUT_S = 600
PUBLISHED_KBPS = 3500

_reports: "Queue[int] | None" = None


SOURCES = ("film", "films", "tall", "velvet_hour", "workshop", "replay_films", "music")


def source_state() -> str:
    """Return a hash of the code that draws the films: they are made again when it changes."""
    return pictures.source_state((*SOURCES, *pictures.SOURCES))


def _listen(reports: "Queue[int]") -> None:
    global _reports  # a pool's worker is given things no other way
    _reports = reports


def _encode_command(ffmpeg: str, path: Path, what: Film) -> list[str]:
    size = f"{what.size[0]}x{what.size[1]}"
    return [
        ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-y",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(what.fps), "-i", "-",
        "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
        "-c:v", "libx264", "-preset", "superfast", "-crf", "23", "-threads", "1",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
        "-g", str(what.fps * 2), "-bf", "0", "-video_track_timescale", "15360", str(path),
    ]  # fmt: skip


def _make_chunk(ffmpeg: str, path: Path, name: str, first: int, end: int) -> None:
    """Draw and encode the frames `first` to `end` (without it) of a film."""
    what = FILMS[name]
    with subprocess.Popen(_encode_command(ffmpeg, path, what), stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        for number in range(first, end):
            child.stdin.write(film.frame(what, number).tobytes())
            if _reports is not None and (number - first) % STEP == STEP - 1:
                _reports.put(STEP)
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


def make(folder: Path, progress: Progress | None = None) -> dict[str, Path]:
    """Make the films that are missing in `folder` (MP4, H.264 and AAC); where each one is.

    They are made again when the code that draws them has changed. A minute on two cores.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.mp4" for name in FILMS}
    state = source_state()
    missing = {name: path for name, path in paths.items() if not _is_made(path, state)}
    if missing:
        _make_films(missing, state, progress)
    return paths


def _stamp(path: Path) -> Path:
    return path.with_suffix(".made")


def _is_made(path: Path, state: str) -> bool:
    stamp = _stamp(path)
    return path.is_file() and stamp.is_file() and stamp.read_text() == state


def _make_films(paths: dict[str, Path], state: str, progress: Progress | None) -> None:
    """Draw and encode films in chunks that the workers share; each is kept when it is whole."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    context = get_context("spawn")
    reports = context.Queue()
    with (
        TemporaryDirectory(dir=next(iter(paths.values())).parent) as kept,
        ProcessPoolExecutor(WORKERS, context, _listen, (reports,)) as pool,
    ):
        room = Path(kept)
        meter = _Meter(reports, progress, sum(FILMS[name].frames for name in paths))
        work = {name: _begin(pool, ffmpeg, room, name) for name in paths}
        try:
            for name, path in paths.items():
                music.write(room / f"{name}.wav", FILMS[name].long_s)
                meter.follow(work[name])
                whole = room / f"{name}.mp4"
                _join(ffmpeg, _chunks(room, name), room / f"{name}.wav", whole)
                whole.replace(path)
                _stamp(path).write_text(state)
        except BaseException:  # Ctrl-C does not wait for what has not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin(pool: ProcessPoolExecutor, ffmpeg: str, room: Path, name: str) -> "list[Future[None]]":
    bounds = _bounds(FILMS[name])
    return [
        pool.submit(_make_chunk, ffmpeg, chunk, name, bounds[n], bounds[n + 1])
        for n, chunk in enumerate(_chunks(room, name))
    ]


def _chunks(room: Path, name: str) -> list[Path]:
    return [room / f"{name}-{n}.mp4" for n in range(CHUNKS)]


class _Meter:
    """Passes the workers' progress on."""

    def __init__(self, reports: "Queue[int]", progress: Progress | None, frames: int) -> None:
        self._reports = reports
        self._progress = progress
        self._frames = frames
        self._done = self._said = 0

    def follow(self, work: "list[Future[None]]") -> None:
        """Return when these are done; raises what a worker raised."""
        while not all(job.done() for job in work):
            try:
                self._done += self._reports.get(timeout=0.2)
            except queue.Empty:
                continue
            if self._progress and self._done - self._said >= self._frames // 5:
                self._said = self._done
                self._progress(f"{100 * self._done // self._frames} % of the films")
        for job in work:
            job.result()


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
    key, or a file or `-` (then FLV is written).
    """
    return [
        ffmpeg, "-hide_banner", "-loglevel", "warning", "-nostdin",
        "-readrate", "1", "-readrate_initial_burst", "0.04",
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
