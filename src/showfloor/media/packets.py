"""The packets of a broadcast, whatever protocol or container brings them.

A source gives, in order, claims about itself, the tracks that it has, and packets of these tracks.
A track is given before its first packet, and again when its decoder configuration changes; the
same track may be given more than once. RTMP and files are read into these values at their own
edge, and nothing behind that edge knows a container.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from showfloor.media.formats.aac import AacConfig
from showfloor.media.formats.av1 import Av1Config
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.formats.hevc import HevcConfig
from showfloor.media.formats.opus import OpusConfig

ITEM_OVERHEAD: Final = 64  # bytes that an item holds beside its data, about


class TrackKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"


class Codec(StrEnum):
    """A codec that a source may send; the value is its name for people."""

    H264 = "H.264"
    HEVC = "HEVC"
    AV1 = "AV1"
    AAC = "AAC"
    OPUS = "Opus"


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The pictures of a source, and how they are decoded.

    `number`: a source may send its picture in several sizes at once; 0 is the main one, which
    everything looks at that takes one picture.
    """

    kind: ClassVar[TrackKind] = TrackKind.VIDEO
    config: AvcConfig | HevcConfig | Av1Config
    number: int = 0

    @property
    def codec(self) -> Codec:
        match self.config:
            case AvcConfig():
                return Codec.H264
            case HevcConfig():
                return Codec.HEVC
            case Av1Config():
                return Codec.AV1


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """The sound of a source, and how it is decoded."""

    kind: ClassVar[TrackKind] = TrackKind.AUDIO
    config: AacConfig | OpusConfig

    @property
    def codec(self) -> Codec:
        return Codec.AAC if isinstance(self.config, AacConfig) else Codec.OPUS


type Track = VideoTrack | AudioTrack


class MediaPacket(NamedTuple):
    """One access unit of one track: a coded picture, or a frame of sound.

    `dts_ms` and `pts_ms` are the times of decoding and of presentation in whole milliseconds, the
    finest that RTMP has. They count on the source's own clock, which starts anywhere, may jump and
    never wraps; both tracks of a source share it. A picture may be shown before it is "decoded",
    because some encoders send it so; the two times differ by less than 2^23 ms. Every frame of
    sound is a key frame.

    `data` of H.264 and HEVC is its NAL units, each behind its length of `track.config.length_size`
    bytes; of AV1 it is one temporal unit in OBUs with sizes, of AAC one raw frame, of Opus one
    packet (RFC 6716, 3).

    Hundreds are made a second for each show: a named tuple is made in a third of a frozen
    dataclass's time.
    """

    track: Track
    dts_ms: int
    pts_ms: int
    is_key: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class SourceClaims:
    """What a source says of itself in advance. Encoders claim wrongly, so claims only help while
    the media itself is not enough. `fps` is frames/s; None is no claim. `video_kbps`: the bit rate
    of each picture that names one, with its track's number."""

    fps: Fraction | None = None
    has_audio: bool = True  # False: it says that no sound will come
    resizes: bool = False  # True: it makes the picture smaller while its line is bad
    video_kbps: tuple[tuple[int, int], ...] = ()


type SourceItem = MediaPacket | Track | SourceClaims


def is_further(item: object) -> bool:
    """Return whether an item is of another picture than the main one."""
    track = item.track if isinstance(item, MediaPacket) else item
    return isinstance(track, VideoTrack) and track.number > 0


def is_main_picture(packet: MediaPacket) -> bool:
    """Return whether a packet is of the picture that everything looks at."""
    return isinstance(packet.track, VideoTrack) and packet.track.number == 0


def held_bytes(item: SourceItem) -> int:
    """Return the memory that a waiting item takes, about."""
    match item:
        case MediaPacket(data=data):
            return len(data) + ITEM_OVERHEAD
        case VideoTrack(config=config) | AudioTrack(config=config):
            return len(config.record) + ITEM_OVERHEAD
        case SourceClaims():
            return ITEM_OVERHEAD
