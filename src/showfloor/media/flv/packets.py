"""Between FLV's tags and packets: a reader for one stream, and the tags that a decoder needs."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from showfloor.media.flv import amf
from showfloor.media.flv.errors import FlvError
from showfloor.media.flv.payloads import AudioPacket, AudioPayload, VideoPacket, VideoPayload
from showfloor.media.flv.tags import FlvTag, TagKind
from showfloor.media.formats.aac import AacConfig
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.formats.errors import CodecConfigError
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
_METADATA: Final = amf.encode("onMetaData")
_SET_DATA_FRAME: Final = amf.encode("@setDataFrame")


class PacketReader:
    """Reads the tags of one stream; it knows the stream's tracks."""

    def __init__(self) -> None:
        self._video: VideoTrack | None = None
        self._audio: AudioTrack | None = None

    def take(self, tag: FlvTag) -> SourceItem | None:
        """Return what a tag says; None if no decoder needs it. FlvError for a malformed tag."""
        match tag.kind:
            case TagKind.VIDEO:
                return self._take_video(tag)
            case TagKind.AUDIO:
                return self._take_audio(tag)
            case TagKind.SCRIPT:
                return _claims(tag.payload)

    def _take_video(self, tag: FlvTag) -> SourceItem | None:
        video = VideoPayload.parse(tag.payload)
        match video.packet_type:
            case VideoPacket.CONFIG:
                try:
                    self._video = VideoTrack(AvcConfig.parse(video.data))
                except CodecConfigError as error:
                    raise FlvError(str(error)) from None
                return self._video
            case VideoPacket.FRAME:
                if self._video is None:
                    raise FlvError("frame before its configuration")
                pts_ms = tag.timestamp_ms + video.cts_ms
                return MediaPacket(self._video, tag.timestamp_ms, pts_ms, video.is_key, video.data)
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
    return SourceClaims(fps, has_audio=not is_mute)


def track_tag(track: Track) -> FlvTag:
    """Return the tag that configures a decoder; it comes before the track's first packet."""
    match track:
        case VideoTrack(config=config):
            payload = VideoPayload(True, VideoPacket.CONFIG, 0, config.record).encode()
            return FlvTag(TagKind.VIDEO, 0, payload)
        case AudioTrack(config=sound):
            is_opus = track.codec is Codec.OPUS
            audio = AudioPayload(AudioPacket.CONFIG, sound.record, is_opus)
            return FlvTag(TagKind.AUDIO, 0, audio.encode())


def packet_tag(packet: MediaPacket) -> FlvTag:
    """Return the tag of a packet, with a legacy header where its codec has one."""
    match packet.track:
        case VideoTrack():
            cts_ms = packet.pts_ms - packet.dts_ms
            video = VideoPayload(packet.is_key, VideoPacket.FRAME, cts_ms, packet.data)
            return FlvTag(TagKind.VIDEO, packet.dts_ms, video.encode())
        case AudioTrack() as track:
            is_opus = track.codec is Codec.OPUS
            audio = AudioPayload(AudioPacket.FRAME, packet.data, is_opus)
            return FlvTag(TagKind.AUDIO, packet.dts_ms, audio.encode())
