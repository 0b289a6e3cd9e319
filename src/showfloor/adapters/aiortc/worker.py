"""The worker: one WebRTC connection of one publisher, `python -m showfloor.adapters.aiortc.worker`.

The first line on stdin is the offer with the settings. The answer, and then the media, go out on
stdout. It ends when the connection does, or when the server's end of a pipe is gone.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from typing import Any, Final

import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, codecs
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters
from aiortc.sdp import candidate_from_sdp

from showfloor.adapters.aiortc import wire
from showfloor.adapters.aiortc.encoded_receiver import EncodedReceiver
from showfloor.adapters.aiortc.ice_ports import ICE_COMPONENT, PortRangeConnection
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.formats.opus import OpusConfig
from showfloor.media.packets import TrackKind
from showfloor.media.rtp.avc_payloads import AvcPictures
from showfloor.media.rtp.frame_assembler import RtpFrame
from showfloor.media.rtp.source_clock import SourceClock

KEY_FRAME_EVERY_S: Final = 2.0
KEY_FRAME_AGAIN_S: Final = 0.3  # while the picture is lost
ROUND_TRIP_EVERY_S: Final = 1.0
BEAT_EVERY_S: Final = 0.5
LOOK_EVERY_S: Final = 0.02
UNSENT_MAX_BYTES: Final = 16 << 20  # a server that takes nothing is gone, or its encoder is
START_KBPS: Final = 2500  # Chromium begins at 300 kbit/s without it
LINE_MAX_BYTES: Final = 1 << 18
PROFILES: Final = ("42e01f", "42001f", "4d001f", "640c1f", "64001f")  # baseline, main, high


def set_up_aiortc(ports: tuple[int, int], addresses: tuple[str, ...]) -> None:
    """Have aiortc make our receivers and ICE connections, and agree to nothing but H.264 and
    Opus."""
    PortRangeConnection.ports = ports
    PortRangeConnection.told_addresses = addresses
    aiortc.rtcicetransport.Connection = PortRangeConnection  # type: ignore[attr-defined]
    aiortc.rtcpeerconnection.RTCRtpReceiver = EncodedReceiver  # type: ignore[assignment,attr-defined]
    codecs.CODECS["audio"] = [
        RTCRtpCodecParameters(
            mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=96,
            parameters={"minptime": 10, "useinbandfec": 1, "stereo": 1,
                        "maxaveragebitrate": 128_000},
        )
    ]  # fmt: skip
    codecs.CODECS["video"] = [*_video_codecs()]


def _video_codecs() -> list[RTCRtpCodecParameters]:
    made = []
    for n, profile in enumerate(PROFILES):
        feedback = [RTCRtcpFeedback("nack"), RTCRtcpFeedback("nack", "pli"),
                    RTCRtcpFeedback("goog-remb")]  # fmt: skip
        made += [
            RTCRtpCodecParameters(
                mimeType="video/H264", clockRate=90_000, payloadType=97 + 2 * n,
                rtcpFeedback=feedback,
                parameters={"level-asymmetry-allowed": "1", "packetization-mode": "1",
                            "profile-level-id": profile,
                            "x-google-start-bitrate": str(START_KBPS)},
            ),
            RTCRtpCodecParameters(
                mimeType="video/rtx", clockRate=90_000, payloadType=98 + 2 * n,
                parameters={"apt": 97 + 2 * n},
            ),
        ]  # fmt: skip
    return made


class Media:
    """Makes packets of the receivers' frames, and writes them to the server."""

    def __init__(self, out: asyncio.WriteTransport, kinds: frozenset[TrackKind]) -> None:
        self.ended = asyncio.Event()
        self.pictures = AvcPictures()
        self._out = out
        self._clock = SourceClock(kinds)
        self._config: AvcConfig | None = None
        self._has_sound = False

    def take_frame(self, kind: TrackKind, frame: RtpFrame, rate: int, now: float) -> None:
        stamp_ms = self._clock.stamp_ms(kind, frame.stamp, rate, now)
        if stamp_ms is None:
            self.take_loss(kind)  # the clock has not started: the first picture is a key frame
        elif kind is TrackKind.VIDEO:
            self._take_picture(frame, stamp_ms)
        else:
            self._take_sound(frame, stamp_ms)

    def _take_picture(self, frame: RtpFrame, stamp_ms: int) -> None:
        picture = self.pictures.take(frame.payloads)
        if picture is None:
            return
        if picture.config != self._config:
            self._config = picture.config
            self.send(wire.encode(wire.Kind.PICTURES, picture.config.record))
        self.send(wire.encode_packet(picture.data, stamp_ms, is_sound=False, is_key=picture.is_key))

    def _take_sound(self, frame: RtpFrame, stamp_ms: int) -> None:
        if not self._has_sound:
            self._has_sound = True
            self.send(wire.encode(wire.Kind.SOUND, OpusConfig.of_rtp().record))
        for data in frame.payloads:
            self.send(wire.encode_packet(data, stamp_ms, is_sound=True, is_key=True))

    def take_loss(self, kind: TrackKind) -> None:
        if kind is TrackKind.VIDEO:
            self.pictures.lose()

    def take_report(self, kind: TrackKind, wall_s: float, stamp: int) -> None:
        self._clock.reported(kind, wall_s, stamp)

    def take_end(self) -> None:
        self.ended.set()

    def send(self, data: bytes) -> None:
        if self._out.is_closing() or self._out.get_write_buffer_size() > UNSENT_MAX_BYTES:
            self.ended.set()
        else:
            self._out.write(data)


class Worker:
    """The connection, and everything that is done again and again while it lasts."""

    def __init__(self, connection: RTCPeerConnection, media: Media) -> None:
        self._connection = connection
        self._media = media
        self._round_trip_s: float | None = None

    async def run(self, lines: asyncio.StreamReader) -> None:
        """Return when the connection or the server has ended."""
        connection, ended = self._connection, self._media.ended

        @connection.on("connectionstatechange")
        def changed() -> None:
            if connection.connectionState in {"failed", "closed", "disconnected"}:
                ended.set()

        tasks = [
            asyncio.create_task(one)
            for one in (
                self._follow(lines), self._beat(), self._ask_for_key_frames(), self._look(),
                self._measure_round_trip(), ended.wait(),
            )
        ]  # fmt: skip
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, lines: asyncio.StreamReader) -> None:
        """Act on the server's lines; return when it wants the end, or is gone."""
        while text := await lines.readline():
            message = json.loads(text)
            if message.get("end"):
                return
            for candidate in message.get("candidates", ()):
                with contextlib.suppress(ValueError, AssertionError, IndexError):
                    found = candidate_from_sdp(candidate)
                    found.sdpMLineIndex = 0
                    await self._connection.addIceCandidate(found)

    async def _beat(self) -> None:
        while True:
            frames = [one.frames for one in EncodedReceiver.made]
            state = {
                "round_trip_s": self._round_trip_s,
                "packets_lost": sum(one.packets_lost for one in frames),
            }
            self._media.send(wire.encode(wire.Kind.STATE, json.dumps(state).encode()))
            await asyncio.sleep(BEAT_EVERY_S)

    async def _look(self) -> None:
        """Hand on what was waited for, also when nothing more comes."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = time.monotonic()
            for receiver in EncodedReceiver.made:
                is_video = receiver.kind is TrackKind.VIDEO
                receiver.hand_on(90_000 if is_video else 48_000, now)
                if is_video:
                    await receiver.ask_again(now)

    async def _ask_for_key_frames(self) -> None:
        asked_at = 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            pause_s = KEY_FRAME_AGAIN_S if self._media.pictures.waits_for_key else KEY_FRAME_EVERY_S
            now = time.monotonic()
            if now - asked_at >= max(pause_s, self._round_trip_s or 0):
                asked_at = now
                for receiver in EncodedReceiver.made:
                    if receiver.kind is TrackKind.VIDEO:
                        await receiver.ask_for_key_frame()

    async def _measure_round_trip(self) -> None:
        """Time a STUN request of our own: a sender of media gets no echo of its reports."""
        while True:
            await asyncio.sleep(ROUND_TRIP_EVERY_S)
            for receiver in EncodedReceiver.made[:1]:
                self._round_trip_s = await round_trip_s(receiver.transport) or self._round_trip_s
            for receiver in EncodedReceiver.made:
                receiver.frames.round_trip_s = self._round_trip_s or receiver.frames.round_trip_s


async def round_trip_s(transport: Any) -> float | None:
    """Return the time of one STUN request on the way that ICE has chosen; None without an
    answer."""
    connection = transport.transport._connection
    pair = connection._nominated.get(ICE_COMPONENT)
    if pair is None or connection.remote_password is None:
        return None
    start = time.monotonic()
    try:
        await pair.protocol.request(
            connection.build_request(pair, nominate=False), pair.remote_addr,
            integrity_key=connection.remote_password.encode(), retransmissions=0,
        )  # fmt: skip
    except Exception:  # noqa: BLE001 - aioice's own errors, and those of a socket that closes
        return None
    return time.monotonic() - start


async def main() -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=LINE_MAX_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin.buffer)
    out, _ = await loop.connect_write_pipe(asyncio.Protocol, _stdout())
    request = json.loads(await lines.readline() or b"{}")
    if "offer" not in request:
        return
    kinds = frozenset(TrackKind(kind) for kind in request["kinds"])
    low, high = request["ports"]
    set_up_aiortc((low, high), tuple(request["addresses"]))
    media = EncodedReceiver.taker = Media(out, kinds)
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        answer = await answered(connection, request["offer"])
    except Exception as error:  # noqa: BLE001 - aiortc raises anything for odd offers
        logging.getLogger(__name__).warning("whip_offer_refused reason=%s", error)
        media.send(wire.encode(wire.Kind.REFUSED, str(error).encode()))
    else:
        media.send(wire.encode(wire.Kind.ANSWER, answer.encode()))
        await Worker(connection, media).run(lines)
        media.send(wire.encode(wire.Kind.ENDED))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            await connection.close()
    out.close()


async def answered(connection: RTCPeerConnection, offer: str) -> str:
    """Return the answer with all of our candidates."""
    await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    return connection.localDescription.sdp


def _stdout() -> Any:
    """Return the pipe to the server; whatever else prints does so on stderr."""
    pipe = os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)
    return pipe


if __name__ == "__main__":
    asyncio.run(main())
