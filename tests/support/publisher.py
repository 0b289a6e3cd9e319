"""FFmpeg as an encoder: a real person on camera where the clip is there, a made one elsewhere."""

import os
import subprocess
from pathlib import Path

import imageio_ffmpeg

from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from showfloor_demo import video
from tests.support.live import ROOT

HANDSHAKE_MS = "30000"  # FFmpeg gives up after 5 s, which a busy machine may need
_HOST_CLIP = ROOT.parent / "shared" / "media" / "host.mp4"


def clip(folder: Path) -> Path:
    """A video with sound to publish: 1280×720, 30 frames/s, H.264 and AAC."""
    if _HOST_CLIP.is_file():
        return _HOST_CLIP
    made = folder / "clip.mp4"
    if not made.exists():
        subprocess.run(
            [
                imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y",
                "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30:duration=20",
                "-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000:duration=20",
                "-c:v", "libx264", "-preset", "veryfast", "-g", "60", "-c:a", "aac", str(made),
            ],
            check=True, timeout=120,
        )  # fmt: skip
    return made


class Publisher:
    """Publishes in real time with the clock over the picture, until it is stopped."""

    def __init__(self, source: Path, url: str, size: str = "", *, key: str = "") -> None:
        """`size`: `640x360`; empty for the source's own. `key`: with it the address is WHIP's."""
        command = video.publish_command(imageio_ffmpeg.get_ffmpeg_exe(), source, url)
        if key:
            opus = ["-c:a", "libopus", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
            whip = ["-f", "whip", "-handshake_timeout", HANDSHAKE_MS, "-authorization", key, url]
            command = [*command[: command.index("-c:a")], *opus, *whip]
        self._command = [*command[:-1], "-s", size, url] if size else command
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            ending_with_us(self._command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"},
        )  # fmt: skip

    def stop(self) -> None:
        """The encoder ends as someone pressing *Stop streaming* would end it."""
        self._end(kill=False)

    def kill(self) -> None:
        """The encoder disappears without a goodbye."""
        self._end(kill=True)

    @property
    def has_ended(self) -> bool:
        """Return whether FFmpeg has ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def exit_text(self, within_s: float = 20.0) -> str:
        """FFmpeg's output after it ended by itself."""
        assert self.process is not None
        _out, err = self.process.communicate(timeout=within_s)
        return err.decode(errors="replace")

    def _end(self, *, kill: bool) -> None:
        if self.process is None:
            return
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.communicate(timeout=20)
        self.process = None
