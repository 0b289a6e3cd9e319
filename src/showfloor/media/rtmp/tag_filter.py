"""The filter behind RTMP: media of one form, well-formed tags only, time without wraps."""

import logging
from typing import Final

from showfloor.media.formats.flv import (
    AacConfig,
    AudioPacket,
    AudioPayload,
    AvcConfig,
    FlvError,
    FlvTag,
    TagKind,
    UnsupportedCodec,
    VideoPacket,
    VideoPayload,
    well_formed_units,
)
from showfloor.media.ports import Cause, MediaSink, PublishRejected
from showfloor.media.rtmp import amf

log = logging.getLogger(__name__)

_SET_DATA_FRAME: Final = amf.encode("@setDataFrame")
_METADATA: Final = amf.encode("onMetaData")


class TagFilter:
    """Checks and normalises one publisher's tags and writes them to its sink.

    Video and audio leave with legacy FLV headers, after a configuration that a decoder can start
    with, and metadata without its `@setDataFrame`. A malformed payload is dropped, not fatal: one
    odd packet shall not end a show, and a publisher that sends nothing else falls silent.
    """

    def __init__(self, sink: MediaSink, remote: str) -> None:
        self._sink = sink
        self._remote = remote
        self._length_size = 0  # of NAL units; 0 until there is a configuration
        self._has_audio_config = False
        self._time_ms: int | None = None
        self.taken = 0
        self.dropped = 0

    def take(self, tag: FlvTag) -> None:
        """Hand the tag on or drop it; PublishRejected for unsupported media."""
        if not tag.payload:
            return  # some encoders send empty messages to keep a connection alive
        try:
            payload = self._payload(tag)
        except UnsupportedCodec as error:
            raise PublishRejected(
                "unsupported", str(error), cause=Cause.CODEC, detail=error.codec
            ) from None
        except (FlvError, amf.AmfError) as error:
            self._drop(tag, str(error))
            return
        if payload is not None:
            self._sink.write(FlvTag(tag.kind, self._unwrap(tag.timestamp_ms), payload))
            self.taken += 1

    def _payload(self, tag: FlvTag) -> bytes | None:
        """Return the payload for the sink; None if no decoder needs it."""
        match tag.kind:
            case TagKind.VIDEO:
                return self._video(tag.payload)
            case TagKind.AUDIO:
                return self._audio(tag.payload)
            case TagKind.SCRIPT:
                return _metadata(tag.payload)

    def _video(self, raw: bytes) -> bytes | None:
        video = VideoPayload.parse(raw)
        if video.packet_type is VideoPacket.OTHER:
            return None
        if video.packet_type is VideoPacket.CONFIG:
            self._length_size = AvcConfig.parse(video.data).length_size
        elif video.packet_type is VideoPacket.FRAME:
            if not self._length_size:
                raise FlvError("frame before its configuration")
            if not well_formed_units(video.data, self._length_size):
                raise FlvError("NAL units longer than their frame")
        return video.encode() if raw[0] & 0x80 else raw

    def _audio(self, raw: bytes) -> bytes | None:
        audio = AudioPayload.parse(raw)
        if audio.packet_type is AudioPacket.OTHER:
            return None
        if audio.packet_type is AudioPacket.CONFIG:
            AacConfig.parse(audio.data)
            self._has_audio_config = True
        elif not self._has_audio_config:
            raise FlvError("frame before its configuration")
        return raw if raw[0] >> 4 == 10 else audio.encode()

    def _unwrap(self, stamp: int) -> int:
        """Return a time that goes on beyond 2^32 ms (49.7 days); a step back stays a step back."""
        if self._time_ms is None:
            self._time_ms = stamp
        step = (stamp - self._time_ms + 0x80000000) % 0x100000000 - 0x80000000
        self._time_ms = max(0, self._time_ms + step)
        return self._time_ms

    def _drop(self, tag: FlvTag, why: str) -> None:
        self.dropped += 1
        level = logging.WARNING if self.dropped == 1 else logging.DEBUG  # one line is enough
        log.log(level, "rtmp_dropped remote=%s kind=%s: %s", self._remote, tag.kind.name, why)


def _metadata(raw: bytes) -> bytes | None:
    """Return onMetaData's name and value, checked; None for other data messages."""
    payload = raw.removeprefix(_SET_DATA_FRAME)
    if not payload.startswith(_METADATA):
        return None
    amf.decode(payload)
    return payload
