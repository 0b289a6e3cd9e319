"""The reader behind RTMP: well-formed media only, as packets, in time without wraps."""

import logging

from showfloor.media.flv.errors import FlvError, UnsupportedCodec
from showfloor.media.flv.packets import PacketReader
from showfloor.media.flv.tags import FlvTag
from showfloor.media.formats.avc import AvcConfig, well_formed_units
from showfloor.media.formats.hevc import HevcConfig
from showfloor.media.formats.timestamps import StampUnwrapper
from showfloor.media.packets import MediaPacket, SourceItem
from showfloor.media.ports import Cause, MediaSink, PublishRejected

log = logging.getLogger(__name__)


class TagReader:
    """Reads one publisher's tags into its sink.

    A malformed tag is dropped, not fatal: one odd packet shall not end a show, and a publisher that
    sends nothing else falls silent.
    """

    def __init__(self, sink: MediaSink, remote: str) -> None:
        self._sink = sink
        self._remote = remote
        self._packets = PacketReader()
        self._time = StampUnwrapper(32)  # of milliseconds: 49.7 days
        self.taken = 0
        self.dropped = 0

    def take(self, tag: FlvTag) -> None:
        """Hand on what the tag says, or drop it; PublishRejected for unsupported media."""
        if not tag.payload:
            return  # some encoders send empty messages to keep a connection alive
        try:
            items = [self._checked(item) for item in self._packets.take(tag)]
        except UnsupportedCodec as error:
            raise PublishRejected(
                "unsupported", str(error), cause=Cause.CODEC, detail=error.codec
            ) from None
        except FlvError as error:
            self._drop(tag, str(error))
            return
        for item in items:
            self._sink.write(item)
            self.taken += 1

    def _checked(self, packet: SourceItem) -> SourceItem:
        if not isinstance(packet, MediaPacket):
            return packet
        config = packet.track.config
        if isinstance(config, AvcConfig | HevcConfig) and not well_formed_units(
            packet.data, config.length_size
        ):
            raise FlvError("NAL units longer than their frame")
        dts_ms = max(0, self._time.unwrap(packet.dts_ms))
        if dts_ms == packet.dts_ms:
            return packet
        return packet._replace(dts_ms=dts_ms, pts_ms=packet.pts_ms + dts_ms - packet.dts_ms)

    def _drop(self, tag: FlvTag, why: str) -> None:
        self.dropped += 1
        level = logging.WARNING if self.dropped == 1 else logging.DEBUG  # one line is enough
        log.log(level, "rtmp_dropped remote=%s kind=%s: %s", self._remote, tag.kind.name, why)
