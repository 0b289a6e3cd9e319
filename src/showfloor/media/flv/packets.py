"""Between FLV's tags and packets: a reader for one stream, and the tags that a decoder needs."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from showfloor.media.flv import amf
from showfloor.media.flv.errors import FlvError
from showfloor.media.flv.payloads import (
    AV1,
    AVC,
    HEVC,
    AudioPacket,
    AudioPayload,
    VideoPacket,
    VideoPayload,
)
from showfloor.media.flv.tags import FlvTag, TagKind
from showfloor.media.formats.aac import AacConfig
from showfloor.media.formats.av1 import Av1Config
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.formats.errors import CodecConfigError
from showfloor.media.formats.hevc import HevcConfig
from showfloor.media.formats.opus import OpusConfig
from showfloor.media.packets import (
    AudioTrack,
    Codec,
    MediaPacket,
    SourceClaims,
    SourceItem,
    Track,
    VideoTrack,
)

FPS_CLAIM_MAX: Final = 1000  # above this a number is no frame rate
KBPS_CLAIM_MAX: Final = 1_000_000
TRACKS_MAX: Final = 8  # pictures of one source; OBS makes at most six
_CONFIGS: Final[Mapping[bytes, type[AvcConfig | HevcConfig | Av1Config]]] = {
    AVC: AvcConfig, HEVC: HevcConfig, AV1: Av1Config,
}  # fmt: skip
_FOURCCS: Final = {Codec.H264: AVC, Codec.HEVC: HEVC, Codec.AV1: AV1}
_METADATA: Final = amf.encode("onMetaData")
_SET_DATA_FRAME: Final = amf.encode("@setDataFrame")


class PacketReader:
    """Reads the tags of one stream; it knows the stream's tracks."""

    def __init__(self) -> None:
        self._videos: dict[int, tuple[VideoTrack, bytes]] = {}  # by number, with its FourCC
        self._audio: AudioTrack | None = None

    def take(self, tag: FlvTag) -> Sequence[SourceItem]:
        """Return what a tag says, if a decoder needs it; several items where it holds several
        tracks. FlvError for a malformed tag."""
        return [item for item in self._read(tag) if item is not None]

    def _read(self, tag: FlvTag) -> Sequence[SourceItem | None]:
        match tag.kind:
            case TagKind.VIDEO:
                return [self._take_video(tag, one) for one in VideoPayload.parse(tag.payload)]
            case TagKind.AUDIO:
                return [self._take_audio(tag)]
            case TagKind.SCRIPT:
                return [_claims(tag.payload)]

    def _take_video(self, tag: FlvTag, video: VideoPayload) -> SourceItem | None:
        if video.track >= TRACKS_MAX:
            return None
        match video.packet_type:
            case VideoPacket.CONFIG:
                try:
                    config = _CONFIGS[video.fourcc].parse(video.data)
                except CodecConfigError as error:
                    raise FlvError(str(error)) from None
                track = VideoTrack(config, video.track)
                self._videos[video.track] = track, video.fourcc
                return track
            case VideoPacket.FRAME:
                known = self._videos.get(video.track)
                if known is None or known[1] != video.fourcc:
                    raise FlvError("frame before its configuration")
                pts_ms = tag.timestamp_ms + video.cts_ms
                return MediaPacket(known[0], tag.timestamp_ms, pts_ms, video.is_key, video.data)
        return None

    def _take_audio(self, tag: FlvTag) -> SourceItem | None:
        audio = AudioPayload.parse(tag.payload)
        match audio.packet_type:
            case AudioPacket.CONFIG:
                try:
                    config = OpusConfig if audio.is_opus else AacConfig
                    self._audio = AudioTrack(config.parse(audio.data))
                except CodecConfigError as error:
                    raise FlvError(str(error)) from None
                return self._audio
            case AudioPacket.FRAME:
                if self._audio is None or audio.is_opus != (self._audio.codec is Codec.OPUS):
                    raise FlvError("frame before its configuration")
                return MediaPacket(
                    self._audio, tag.timestamp_ms, tag.timestamp_ms, True, audio.data
                )
        return None


def _claims(payload: bytes) -> SourceClaims | None:
    """Return what onMetaData claims; None for other script data. AmfError."""
    payload = payload.removeprefix(_SET_DATA_FRAME)
    if not payload.startswith(_METADATA):
        return None
    values = amf.decode(payload)
    fields = next((value for value in reversed(values) if isinstance(value, Mapping)), {})
    rate = fields.get("framerate") or fields.get("videoframerate")
    is_mute = bool(fields.get("videocodecid")) and not fields.get("audiocodecid")
    fps = None
    if isinstance(rate, float) and 0 < rate <= FPS_CLAIM_MAX:
        fps = Fraction(rate).limit_denominator(1001)
    return SourceClaims(fps, has_audio=not is_mute, video_kbps=_bit_rates(fields))


def _bit_rates(fields: Mapping[str, amf.Value]) -> tuple[tuple[int, int], ...]:
    """Return the bit rates that are claimed, of the main picture and of others (E-RTMP v2,
    `videoTrackIdInfoMap`)."""
    rates = {0: fields.get("videodatarate")}
    tracks = fields.get("videoTrackIdInfoMap")
    for number, track in tracks.items() if isinstance(tracks, Mapping) else ():
        if number.isascii() and number.isdigit() and int(number) < TRACKS_MAX:
            rates[int(number)] = track.get("videodatarate") if isinstance(track, Mapping) else None
    return tuple(
        (number, round(kbps))
        for number, kbps in sorted(rates.items())
        if isinstance(kbps, float) and 1 <= kbps <= KBPS_CLAIM_MAX
    )


def track_tag(track: Track) -> FlvTag:
    """Return the tag that configures a decoder; it comes before the track's first packet."""
    match track:
        case VideoTrack(config=config):
            fourcc = _FOURCCS[track.codec]
            payload = VideoPayload(True, VideoPacket.CONFIG, 0, config.record, fourcc).encode()
            return FlvTag(TagKind.VIDEO, 0, payload)
        case AudioTrack(config=sound):
            is_opus = track.codec is Codec.OPUS
            audio = AudioPayload(AudioPacket.CONFIG, sound.record, is_opus)
            return FlvTag(TagKind.AUDIO, 0, audio.encode())


def packet_tag(packet: MediaPacket) -> FlvTag:
    """Return the tag of a packet, with a legacy header where its codec has one."""
    match packet.track:
        case VideoTrack() as track:
            cts_ms = packet.pts_ms - packet.dts_ms
            video = VideoPayload(
                packet.is_key, VideoPacket.FRAME, cts_ms, packet.data, _FOURCCS[track.codec]
            )
            return FlvTag(TagKind.VIDEO, packet.dts_ms, video.encode())
        case AudioTrack() as sound:
            is_opus = sound.codec is Codec.OPUS
            audio = AudioPayload(AudioPacket.FRAME, packet.data, is_opus)
            return FlvTag(TagKind.AUDIO, packet.dts_ms, audio.encode())
