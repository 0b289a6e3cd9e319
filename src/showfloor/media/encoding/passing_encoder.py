"""An `Encoder` that passes pictures through, and has the rest of the ladder encoded.

Nothing is decoded where the source sends every rung itself, and AAC at 48 kHz in stereo: then the
picture costs the copying of its bytes. Else an encoder makes the lower rungs from the main picture,
and the sound. Both sides count frames on one grid, so the segmenter cuts them as one.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, override

from showfloor.media.encoding.pass_grid import Misfit, PassGrid
from showfloor.media.encoding.pass_plan import PassPlan
from showfloor.media.formats.aac import AacConfig
from showfloor.media.formats.avc import AvcConfig, without_filler
from showfloor.media.packaging.fmp4 import AUDIO_RATE
from showfloor.media.packets import AudioTrack, MediaPacket, Track, VideoTrack, is_further
from showfloor.media.ports import AUDIO, Encoder, OnPacket, Rung, SourceInfo

log = logging.getLogger(__name__)

_AAC_LC: Final = 2
_STEREO: Final = 2


class PassingEncoder(Encoder):
    """`misfit` says why it gives nothing more and has to be ended; None while all is well."""

    def __init__(
        self, plan: PassPlan, new_encoder: Callable[[], Encoder], *, may_pass_sound: bool = True
    ) -> None:
        self._may_pass_sound = may_pass_sound
        self.misfit: Misfit | None = None
        self._plan = plan
        self._new_encoder = new_encoder
        self._grid = PassGrid({number: plan.rungs[place] for number, place in plan.places.items()})
        self._encoder: Encoder | None = None
        self._passes_sound = False
        self._on_packet: OnPacket = lambda rung, packet: None
        self._gone = asyncio.Event()

    @override
    async def start(
        self, source: SourceInfo, tracks: Sequence[Track], rungs: Sequence[Rung],
        on_packet: OnPacket,
    ) -> None:  # fmt: skip
        self._on_packet = on_packet
        sound = next((one for one in tracks if isinstance(one, AudioTrack)), None)
        encoded = self._plan.encoded
        may_pass = self._may_pass_sound and not encoded
        self._passes_sound = may_pass and sound is not None and _is_output_format(sound)
        has_audio = source.has_audio and not self._passes_sound
        if not encoded and not has_audio:
            return
        self._encoder = self._new_encoder()
        await self._encoder.start(
            replace(source, has_audio=has_audio),
            [one for one in tracks if self._is_encoded(one)],
            [rungs[index] for index in encoded],
            self._on_encoded,
        )

    def _is_encoded(self, track: Track) -> bool:
        if isinstance(track, VideoTrack):
            return bool(self._plan.encoded) and not is_further(track)
        return not self._passes_sound

    def _on_encoded(self, rung: int, packet: MediaPacket) -> None:
        if self.misfit is None:
            self._on_packet(AUDIO if rung == AUDIO else self._plan.encoded[rung], packet)

    @override
    def write(self, packet: MediaPacket) -> None:
        if self.misfit is not None:
            return
        if isinstance(packet.track, VideoTrack):
            self._pass_picture(packet)
        elif self._passes_sound:
            self._on_packet(AUDIO, packet)
        if self._encoder is not None and self._is_encoded(packet.track):
            self._encoder.write(packet)

    def _pass_picture(self, packet: MediaPacket) -> None:
        assert isinstance(packet.track, VideoTrack)
        if packet.track.number not in self._plan.places:
            return
        try:
            ready = self._grid.take(packet)
        except Misfit as misfit:
            self.misfit = misfit
            return
        for one in ready:
            assert isinstance(one.track, VideoTrack)
            assert isinstance(one.track.config, AvcConfig)
            data = without_filler(one.data, one.track.config.length_size)
            self._on_packet(self._plan.places[one.track.number], one._replace(data=data))

    @property
    @override
    def has_room(self) -> bool:
        return self._encoder is None or self._encoder.has_room

    @override
    async def drain(self) -> None:
        if self._encoder is not None:
            await self._encoder.drain()

    @override
    async def finish(self) -> None:
        self._gone.set()
        if self._encoder is not None:
            await (self._encoder.finish() if self.misfit is None else self._encoder.kill())

    @override
    async def kill(self) -> None:
        self._gone.set()
        if self._encoder is not None:
            await self._encoder.kill()

    @override
    async def wait(self) -> str:
        if self._encoder is not None:
            return await self._encoder.wait()
        await self._gone.wait()
        return ""


def _is_output_format(track: AudioTrack) -> bool:
    """Return whether the sound is what every rung's init segment says: AAC-LC, 48 kHz, stereo."""
    config = track.config
    return isinstance(config, AacConfig) and (config.object_type, config.rate, config.channels) == (
        _AAC_LC,
        AUDIO_RATE,
        _STEREO,
    )
