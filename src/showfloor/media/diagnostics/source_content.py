"""The content of a source that stands by, judged by the sizes of its coded frames, undecoded.

Nothing of it is encoded here, so there is no output to look at. An encoder at a constant bit rate
fills still pictures with filler data, which is not counted; one that spends its bits otherwise
shows neither black nor a still. Pictures are judged at each key frame. Pure.
"""

from typing import Final

from showfloor.media.diagnostics.output_meter import SILENT_BYTES, ContentMeter
from showfloor.media.formats.avc import AvcConfig, size_without_filler
from showfloor.media.packets import MediaPacket, TrackKind, VideoTrack

BYTES_PER_PIXEL: Final = 0.0127  # of a camera's frame: 700 kbit/s at 640 x 360 and 30 frames/s
STEP_MAX_MS: Final = 1000  # between two frames of sound; a longer gap is the line's


class SourceContent(ContentMeter):
    """Watches the packets of one source."""

    def __init__(self) -> None:
        super().__init__(None)
        self._key_ms: int | None = None
        self._sound_ms: int | None = None

    def take(self, packet: MediaPacket) -> None:
        if packet.track.kind is TrackKind.AUDIO:
            self._take_sound(packet)
            return
        assert isinstance(packet.track, VideoTrack)
        config = packet.track.config
        self._frame_bytes = config.width * config.height * BYTES_PER_PIXEL
        group_ms = 0
        if packet.is_key:
            group_ms = packet.dts_ms - self._key_ms if self._key_ms is not None else 0
            self._key_ms = packet.dts_ms
        self.take_picture(picture_bytes(packet), packet.is_key, max(0, group_ms) / 1000)

    def _take_sound(self, packet: MediaPacket) -> None:
        before, self._sound_ms = self._sound_ms, packet.dts_ms
        step_ms = packet.dts_ms - before if before is not None else 0
        is_silent = len(packet.data) <= SILENT_BYTES
        step_s = min(max(0, step_ms), STEP_MAX_MS) / 1000
        self.silent_s = self.silent_s + step_s if is_silent else 0.0


def picture_bytes(packet: MediaPacket) -> int:
    """Return the size of a coded picture without filler data."""
    data, track = packet.data, packet.track
    if not isinstance(track, VideoTrack) or not isinstance(track.config, AvcConfig):
        return len(data)
    return size_without_filler(data, track.config.length_size)
