"""A receiver in the place of aiortc's own: it hands on frames as they are encoded.

`RTCPeerConnection` makes one for each m-line and calls the methods below; the RTP router of the
DTLS transport calls `_handle_rtp_packet`, `_handle_rtcp_packet` and `_handle_disconnect`. Feedback
goes out as aiortc's own receiver sends it: receiver reports and REMB; requests for lost packets
and for key frames follow the rules of `media.rtp`.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar, Final, Protocol

from aiortc.codecs import is_rtx
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rate import BandwidthUsage, RemoteBitrateEstimator
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
    unwrap_rtx,
)

from showfloor.media.packets import TrackKind
from showfloor.media.rtp.frame_assembler import FrameAssembler, RtpFrame

NTP_SECOND: Final = 1 << 32
START_BPS: Final = 2_500_000
SETTLE_MS: Final = 3000  # the first key frames come in bursts
REORDER_HOLD_S: Final = 0.06  # for sound, which is not asked for again


class FrameTaker(Protocol):
    """Takes what the receivers of one connection give."""

    def take_frame(self, kind: TrackKind, frame: RtpFrame, rate: int, now: float) -> None: ...

    def take_loss(self, kind: TrackKind) -> None: ...

    def take_report(self, kind: TrackKind, wall_s: float, stamp: int) -> None: ...

    def take_end(self) -> None: ...


class EncodedReceiver:
    """`taker` is set once for the worker, which has one connection."""

    taker: ClassVar[FrameTaker]
    made: ClassVar[list["EncodedReceiver"]] = []

    def __init__(self, kind: str, transport: Any) -> None:
        self.kind = TrackKind(kind)
        self.transport = transport
        self._track: MediaStreamTrack | None = None
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._rtx: dict[int, int] = {}  # SSRC of retransmissions: of what they repeat
        self._statistics: dict[int, StreamStatistics] = {}
        self._last_report: dict[int, tuple[int, float]] = {}  # SSRC: middle of its NTP time, when
        self._own_ssrc: int | None = None
        self._media_ssrc: int | None = None
        self._reporting: asyncio.Task[None] | None = None
        is_sound = self.kind is TrackKind.AUDIO
        self._estimator = None if is_sound else RemoteBitrateEstimator()
        self._is_way_full = False  # packets have queued on their way
        self._began_ms = 0
        self.frames = FrameAssembler(
            is_single=is_sound, hold_s=REORDER_HOLD_S if is_sound else None
        )
        self.made.append(self)

    # --- what RTCPeerConnection calls ---

    @property
    def track(self) -> MediaStreamTrack | None:
        return self._track

    def setTransport(self, transport: Any) -> None:
        self.transport = transport

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        if self._reporting is not None:
            return
        self._codecs = {one.payloadType or 0: one for one in parameters.codecs}
        for encoding in parameters.encodings:
            if encoding.rtx:
                self._rtx[encoding.rtx.ssrc] = encoding.ssrc
        self.transport._register_rtp_receiver(self, parameters)
        self._reporting = asyncio.create_task(self._report_all_the_time())

    async def stop(self) -> None:
        if self._reporting is not None:
            self.transport._unregister_rtp_receiver(self)
            self._reporting.cancel()
            await asyncio.wait({self._reporting})

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._own_ssrc = ssrc

    # --- what the RTP router calls ---

    def _handle_disconnect(self) -> None:
        self.taker.take_end()

    async def _handle_rtcp_packet(self, packet: Any) -> None:
        if isinstance(packet, RtcpByePacket):
            self.taker.take_end()
        elif isinstance(packet, RtcpSrPacket):
            wall = packet.sender_info.ntp_timestamp
            self._last_report[packet.ssrc] = (wall >> 16 & 0xFFFFFFFF, time.monotonic())
            if packet.ssrc == self._media_ssrc:
                stamp = self.frames.stamp_of(packet.sender_info.rtp_timestamp)
                self.taker.take_report(self.kind, wall / NTP_SECOND, stamp)

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        await self._estimate(packet, arrival_time_ms)
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            return
        if packet.ssrc not in self._statistics and len(self._statistics) < 8:
            self._statistics[packet.ssrc] = StreamStatistics(codec.clockRate)
        if (statistics := self._statistics.get(packet.ssrc)) is not None:
            statistics.add(packet)
        if is_rtx(codec):
            original, repeated = self._rtx.get(packet.ssrc), codec.parameters.get("apt")
            if original is None or not isinstance(repeated, int) or len(packet.payload) < 2:
                return
            packet = unwrap_rtx(packet, payload_type=repeated, ssrc=original)
        await self._take(packet, codec.clockRate)

    async def _take(self, packet: RtpPacket, rate: int) -> None:
        now = time.monotonic()
        self._media_ssrc = packet.ssrc
        self.frames.add(
            packet.sequence_number, packet.timestamp, packet.payload, now,
            is_last=bool(packet.marker),
        )  # fmt: skip
        self.hand_on(rate, now)
        if self.kind is TrackKind.VIDEO:
            await self.ask_again(now)

    def hand_on(self, rate: int, now: float) -> None:
        """Hand on the frames that are whole, and what was given up before them."""
        for frame in self.frames.take(now):
            if self.frames.take_loss():
                self.taker.take_loss(self.kind)
            self.taker.take_frame(self.kind, frame, rate, now)
        if self.frames.take_loss():
            self.taker.take_loss(self.kind)

    # --- feedback ---

    async def ask_again(self, now: float) -> None:
        """Ask for the packets that are missing (generic NACK, RFC 4585, 6.2.1)."""
        missing: Sequence[int] = self.frames.to_request(now)
        if missing and self._own_ssrc is not None and self._media_ssrc is not None:
            request = RtcpRtpfbPacket(RTCP_RTPFB_NACK, self._own_ssrc, self._media_ssrc)
            request.lost = sorted(missing)
            await self._send(request)

    async def ask_for_key_frame(self) -> None:
        """Tell the sender that the picture is lost (PLI, RFC 4585, 6.3.1)."""
        if self._own_ssrc is not None and self._media_ssrc is not None:
            await self._send(RtcpPsfbPacket(RTCP_PSFB_PLI, self._own_ssrc, self._media_ssrc))

    async def _estimate(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        """Tell the sender what the way bears (REMB), by the times in its packets.

        aiortc's estimate grows from what is sent. A picture that stands still in the beginning
        would hold the sender down for a minute, so the way is taken for wide until packets queue.
        """
        sent_at = packet.extensions.abs_send_time
        if self._estimator is None or sent_at is None:
            return
        estimate = self._estimator.add(
            abs_send_time=sent_at, arrival_time_ms=arrival_time_ms,
            payload_size=len(packet.payload) + packet.padding_size, ssrc=packet.ssrc,
        )  # fmt: skip
        if self._estimator.detector.state() is BandwidthUsage.OVERUSING:
            self._is_way_full = self._is_way_full or arrival_time_ms > self._began_ms + SETTLE_MS
        self._began_ms = self._began_ms or arrival_time_ms
        if estimate is not None and self._own_ssrc is not None:
            bitrate, ssrcs = estimate
            fci = pack_remb_fci(bitrate if self._is_way_full else max(bitrate, START_BPS), ssrcs)
            await self._send(RtcpPsfbPacket(RTCP_PSFB_APP, self._own_ssrc, 0, fci))

    async def _report_all_the_time(self) -> None:
        while True:
            await asyncio.sleep(0.5 + random.random())  # noqa: S311 - RFC 3550, 6.2: spread out
            reports = [self._report(ssrc, one) for ssrc, one in self._statistics.items()]
            if reports and self._own_ssrc is not None:
                await self._send(RtcpRrPacket(self._own_ssrc, reports))

    def _report(self, ssrc: int, statistics: StreamStatistics) -> RtcpReceiverInfo:
        wall, came_at = self._last_report.get(ssrc, (0, 0.0))
        since = int((time.monotonic() - came_at) * 65_536) if wall else 0
        return RtcpReceiverInfo(
            ssrc=ssrc, fraction_lost=statistics.fraction_lost,
            packets_lost=statistics.packets_lost, highest_sequence=statistics.max_seq or 0,
            jitter=statistics.jitter, lsr=wall, dlsr=min(since, 0xFFFFFFFF),
        )  # fmt: skip

    async def _send(self, packet: Any) -> None:
        with suppress(ConnectionError):
            await self.transport._send_rtp(bytes(packet))
