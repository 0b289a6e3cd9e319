"""A film of several sizes that FFmpeg sends by RTMP as it is, and the CPU that the server takes.

Sending costs next to nothing, so the encoder does not take the server's cores.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg

from showfloor.adapters.ffmpeg.parent_process import ending_with_us

FPS = 30
Size = tuple[int, int, int]  # width, height, kbit/s


def film(folder: Path, sizes: Sequence[Size], lasts_s: int) -> Path:
    """Encode a moving picture in these sizes, key frames every 2 s, with sound; return the file."""
    path = folder / "film.flv"
    names = "".join(f"[s{n}]" for n in range(len(sizes)))
    scaled = "".join(f";[s{n}]scale={w}:{h}[v{n}]" for n, (w, h, _kbps) in enumerate(sizes))
    tracks = [
        word for n, (_w, _h, kbps) in enumerate(sizes)
        for word in (
            "-map", f"[v{n}]", f"-b:v:{n}", f"{kbps}k", f"-maxrate:v:{n}", f"{kbps}k",
            f"-bufsize:v:{n}", f"{kbps}k",
        )
    ]  # fmt: skip
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error",
            "-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate={FPS}:duration={lasts_s}",
            "-f", "lavfi", "-i", f"sine=frequency=330:sample_rate=48000:duration={lasts_s}",
            "-filter_complex", f"[0:v]noise=alls=12:allf=t,split={len(sizes)}{names}{scaled}",
            *tracks, "-map", "1:a", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt",
            "yuv420p", "-tune", "zerolatency", "-g", f"{2 * FPS}", "-keyint_min", f"{2 * FPS}",
            "-sc_threshold", "0", "-c:a", "aac", "-ac", "2", "-b:a", "128k", str(path),
        ],
        check=True, timeout=180,
    )  # fmt: skip
    return path


@contextmanager
def sent(path: Path, tracks: Sequence[str], target: str) -> Iterator[subprocess.Popen[bytes]]:
    """Send these tracks (`-map` as FFmpeg takes it) in real time to an RTMP address, or as FLV to
    the sender's standard output for `-`."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-re", "-i", str(path), *tracks,
        "-c", "copy", "-f", "flv", target,
    ]  # fmt: skip
    sender = subprocess.Popen(
        ending_with_us(command), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if target == "-" else None,
    )  # fmt: skip
    try:
        yield sender
    finally:
        sender.kill()
        sender.wait(10)
        if sender.stdout is not None:
            sender.stdout.close()


def cpu_s(pid: int, *, children: bool = True) -> float:
    """Return the CPU of a process, and of its living children, s."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(stat.parent.name) == pid or (children and int(fields[1]) == pid):
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def share(pid: int, watched_s: float, *, children: bool = True) -> float:
    """Return the share of a core that a process takes from now on."""
    began, used_s = time.monotonic(), cpu_s(pid, children=children)
    time.sleep(watched_s)
    return (cpu_s(pid, children=children) - used_s) / (time.monotonic() - began)
