"""The slate: what a restream sends while its show has no picture.

It keeps the size, the codecs and the sound of the stream before it, because a platform that
decodes on gets only another key frame with its parameter sets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from showfloor.media.formats.aac import AacConfig
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.formats.opus import OpusConfig
from showfloor.media.packets import AudioTrack, MediaPacket, Track, TrackKind, VideoTrack

FPS_MAX: Final = 60
FPS_UNKNOWN: Final = 30
OPUS_RATE: Final = 48_000  # of the AAC into which Opus is turned, with two channels
_AAC_FRAME: Final = 1024  # samples


@dataclass(frozen=True, slots=True)
class SlateFormat:
    """What a stream and its slate have in common. `rate` (samples/s) and `channels` are of AAC; 0
    without sound."""

    width: int
    height: int
    fps: int
    rate: int = 0
    channels: int = 0

    @classmethod
    def of(cls, tracks: Mapping[TrackKind, Track]) -> Self | None:
        """Return the format of a stream; None where no slate can follow it: only H.264 has one."""
        video, audio = tracks.get(TrackKind.VIDEO), tracks.get(TrackKind.AUDIO)
        if not isinstance(video, VideoTrack) or not isinstance(video.config, AvcConfig):
            return None
        fps = min(FPS_MAX, max(1, round(video.config.frame_rate or FPS_UNKNOWN)))
        return cls(video.config.width, video.config.height, fps, *_sound(audio))

    def is_kept_by(self, tracks: Mapping[TrackKind, Track]) -> bool:
        """Return whether a stream goes on as this one was; its sound may come later."""
        found = SlateFormat.of(tracks)
        if found is None:
            return False
        has_sound = TrackKind.AUDIO in tracks
        sound = (found.rate, found.channels) if has_sound else (self.rate, self.channels)
        return (found.width, found.height, *sound) == (
            self.width, self.height, self.rate, self.channels,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slate:
    """A group of pictures that repeats, from a key frame on, and one frame of silence."""

    format: SlateFormat
    pictures: Sequence[MediaPacket]
    silence: MediaPacket | None

    @property
    def tracks(self) -> Sequence[Track]:
        sound = () if self.silence is None else (self.silence.track,)
        return (self.pictures[0].track, *sound)

    def packets(self) -> Iterator[MediaPacket]:
        """Yield pictures and silence without end, in the order of their stamps, from 0 on."""
        pictures = sounds = 0
        while True:
            picture_ms = pictures * 1000 // self.format.fps
            sound_ms = sounds * _AAC_FRAME * 1000 // (self.format.rate or 1)
            if self.silence is not None and sound_ms < picture_ms:
                yield self.silence._replace(dts_ms=sound_ms, pts_ms=sound_ms)
                sounds += 1
            else:
                one = self.pictures[pictures % len(self.pictures)]
                yield one._replace(dts_ms=picture_ms, pts_ms=picture_ms)
                pictures += 1


def _sound(audio: Track | None) -> tuple[int, int]:
    if not isinstance(audio, AudioTrack):
        return 0, 0
    match audio.config:
        case AacConfig(rate=rate, channels=channels):
            return rate, channels
        case OpusConfig():
            return OPUS_RATE, 2
