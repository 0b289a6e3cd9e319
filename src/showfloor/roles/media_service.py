"""The media service of a process that takes streams: ingest, encoders, recordings, origin."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from showfloor.accounts.database_threads import Database
from showfloor.accounts.signer import address_signer, token_signer
from showfloor.adapters.aiortc.peer import IceSettings, WorkerPeer
from showfloor.adapters.ffmpeg.clip_encoder import FfmpegClipEncoder
from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder
from showfloor.adapters.ffmpeg.file_player import FfmpegFilePlayer
from showfloor.adapters.ffmpeg.key_frames import FfmpegKeyFrames
from showfloor.adapters.ffmpeg.slate import make_slate
from showfloor.adapters.ffmpeg.sound import FfmpegSoundConverter
from showfloor.adapters.ffmpeg.srt import FfmpegSrtReceiver
from showfloor.adapters.filesystem.archives import FileArchives
from showfloor.adapters.filesystem.curve_files import CurveFiles
from showfloor.adapters.filesystem.disk import DiskReserve, free_bytes
from showfloor.adapters.filesystem.owner_name import owner_name
from showfloor.adapters.filesystem.stored_recording import StoredRecording
from showfloor.captions.tracks import CaptionTracks
from showfloor.edge.authorizer import MediaAuthorizer
from showfloor.edge.hls.endpoint import HlsApp
from showfloor.edge.live_edge import connection
from showfloor.edge.live_edge.authorizer import LiveEdgeAuthorizer
from showfloor.edge.live_edge.registry import LiveEdgeLimits, LiveEdgeRegistry
from showfloor.edge.websocket.handshake import same_origin
from showfloor.edge.whip.endpoint import WhipApp
from showfloor.kernel.clock import utc_now
from showfloor.kernel.networks import network_of
from showfloor.kernel.public_addresses import Address, is_public
from showfloor.kernel.settings import Settings
from showfloor.media import services as media_services
from showfloor.media.diagnostics import curves
from showfloor.media.diagnostics.machine_watch import MachineWatch
from showfloor.media.encoding import ladder
from showfloor.media.files.players import FilePlayers, PlayerLimits, Playing
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.recording.backlog import MemoryBudget
from showfloor.media.recording.storage import Storage
from showfloor.media.restream.restreams import RestreamTools
from showfloor.media.restream.slate import Slate, SlateFormat
from showfloor.media.rtmp.publisher import Dialer
from showfloor.media.rtmp.server import RtmpLimits, RtmpServer
from showfloor.media.signer import pass_signer
from showfloor.media.srt.listeners import SrtLimits, SrtListeners
from showfloor.media.srt.ports import SrtPlace
from showfloor.media.whip.ice_servers import IceServers
from showfloor.media.whip.sessions import WhipLimits, WhipSessions
from showfloor.playouts import queries as playouts
from showfloor.playouts import services as playing
from showfloor.replays import encoding, recordings, storyboard, trailers
from showfloor.restreams import queries as restreams
from showfloor.restreams import slate_picture
from showfloor.roles.caption_listening import listening_tools
from showfloor.roles.limits import rtmp_connections_max
from showfloor.roles.links import rtmps
from showfloor.roles.object_storage import object_store
from showfloor.roles.timeline_service import TimelineService
from showfloor.shows import services as shows
from showfloor.shows import stream_health
from showfloor.shows.highlight_ranges import HighlightRanges
from showfloor.shows.ingest.service import ShowIngest
from showfloor.shows.srt_places import srt_places
from showfloor.site.stream_words import warnings
from showfloor.timeline.bus import bus

log = logging.getLogger(__name__)

RESERVE_FILE_SHARE: Final = 16  # of the reserve; a file keeps it until others fill the disk


class MediaService:
    """A component: streams come in by RTMP and by WHIP (`whip`), are encoded, kept, and served as
    HLS by `app`."""

    def __init__(self, settings: Settings, database: Database, timeline: TimelineService) -> None:
        self._database = database
        self._owner = owner_name(settings.data_dir)
        reserve_bytes = settings.disk_reserve_mb << 20
        storage = Storage(
            partial(free_bytes, settings.media_dir), reserve_bytes=reserve_bytes,
            show_bytes_per_s=ladder.bytes_per_s(settings.ladder),
            memory=MemoryBudget(settings.recording_memory_mb << 20),
        )  # fmt: skip
        self._curves = CurveFiles(settings.data_dir, curves.book)
        reserve = DiskReserve(settings.data_dir, reserve_bytes // RESERVE_FILE_SHARE)
        storyboard.use(FfmpegKeyFrames())
        encoding.use(FfmpegClipEncoder())
        store = object_store(settings)
        recordings.use(FileArchives(settings.media_dir, reserve_bytes, store))
        recordings.use_store(store)
        self._machine = MachineWatch(
            storage, reserve, partial(stream_health.tell_machine, bus, self._owner)
        )
        self._streams = LiveStreamRegistry(
            open_recording=lambda name: StoredRecording(settings.media_dir / name, store),
            window_s=settings.dvr_window_s, channels_max=64, idle_s=60, storage=storage,
            clock=utc_now,
        )  # fmt: skip
        self.ingest = ShowIngest(
            settings, database, timeline.directory, self._streams, bus,
            new_encoder=lambda: FfmpegEncoder(settings.encoder_preset, video=settings.encoder),
            new_even_encoder=lambda: FfmpegEncoder(
                settings.encoder_preset, video=settings.encoder, evens_loudness=True
            ),
            owner=self._owner,
            restream_tools=_restream_tools(settings, database),
            listening_tools=listening_tools(settings, database),
        )  # fmt: skip
        limits = RtmpLimits(
            silence_s=settings.ingest_silence_s, connections_max=rtmp_connections_max()
        )
        self.rtmp = RtmpServer(
            self.ingest, settings.host, settings.rtmp_port, limits, rtmps=rtmps(settings)
        )
        self._stream_facts = HighlightRanges(database, trailers.look), CaptionTracks(database)
        self.app = self._hls_app(settings, timeline)
        ice = IceSettings(settings.whip_ports, settings.whip_addresses)
        whip_limits = WhipLimits(silence_s=settings.ingest_silence_s)
        self._whip = WhipSessions(self.ingest, lambda: WorkerPeer(ice), whip_limits)
        self.whip = WhipApp(
            self._whip, IceServers(settings.ice_servers, settings.turn_secret),
            trusted_proxies=settings.trusted_proxies,
        )  # fmt: skip
        self.live_edge = LiveEdgeRegistry(
            LiveEdgeAuthorizer(timeline.directory, self._streams, timeline.authorizer),
            same_origin(settings.site_url), trusted_proxies=settings.trusted_proxies,
            network=network_of, limits=LiveEdgeLimits(settings.live_edge_viewers_max),
            signer=address_signer(),
        )  # fmt: skip
        self.live_edge_protocol = connection.protocol(self.live_edge)
        timeline.look_after(self.live_edge)
        self._srt = self._srt_listeners(settings)
        self._srt_ports = settings.srt_ports
        player_limits = PlayerLimits(silence_s=settings.ingest_silence_s)
        self._files = FilePlayers(
            self.ingest, _playing(database), FfmpegFilePlayer, utc_now, player_limits
        )
        self._undo: list[Callable[[], None]] = []

    def _srt_listeners(self, settings: Settings) -> SrtListeners:
        return SrtListeners(
            self.ingest, self._srt_places,
            lambda: FfmpegSrtReceiver(settings.host, settings.srt_latency_ms),
            lambda place: self.ingest.note_wrong_passphrase(
                place.channel_id, f"srt:{place.port}"
            ),
            SrtLimits(silence_s=settings.ingest_silence_s),
        )  # fmt: skip

    def _hls_app(self, settings: Settings, timeline: TimelineService) -> HlsApp:
        authorizer = MediaAuthorizer(
            timeline.directory, self._streams, timeline.auth_cache, token_signer(), pass_signer(),
            self._stream_facts,
        )  # fmt: skip
        return HlsApp(authorizer.resolve, authorizer.authorise_preview, settings.edge_urls)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        await self._machine.start()
        await self._curves.start()
        await self._database.run(shows.recover_after_restart, self._owner)
        self.ingest.start()
        self._undo = [
            media_services.on_rotation(
                lambda channel_id: loop.call_soon_threadsafe(self.ingest.kick_channel, channel_id)
            ),
            *(one.watch(bus) for one in self._stream_facts),
        ]
        await self.rtmp.start()

        if any(self._srt_ports):
            await self._srt.start()
        await self._files.start()

    async def _srt_places(self) -> Sequence[SrtPlace]:
        first, last = self._srt_ports
        places = await self._database.run(srt_places)
        return [place for place in places if first <= place.port <= last]

    async def stop(self) -> None:
        for undo in self._undo:
            undo()
        self.rtmp.stop_listening()  # else cut encoders would connect again at once
        await self.ingest.stop()
        await self._whip.stop()
        await self._srt.stop()
        await self._files.stop()
        await self.rtmp.close()
        await self._streams.close()
        await self._machine.stop()
        await self._curves.stop()

    def report(self) -> dict[str, Any]:
        """Return the number of broadcasts and the problems in words, for `/healthz`."""
        return {
            "broadcasts": self.ingest.broadcasts,
            "live_edge": self.live_edge.viewers,
            "problems": [*warnings(self._machine.findings()), *self._problems_of_shows()],
            **self._machine.report(),
        }

    def _problems_of_shows(self) -> list[dict[str, Any]]:
        return [
            {"show": slug, **warning}
            for slug, finding in self.ingest.findings()
            for warning in warnings([finding])
        ]


def _restream_tools(settings: Settings, database: Database) -> RestreamTools:
    def allows(address: Address) -> bool:
        own = any(address in network for network in settings.restream_networks)
        return own or is_public(address)

    async def slate(channel_id: str, form: SlateFormat) -> Slate:
        size = form.width, form.height
        return await make_slate(
            form, await database.run(slate_picture.of_channel, channel_id, *size)
        )

    return RestreamTools(
        Dialer(allows).dial, FfmpegSoundConverter, restreams.wanted, slate,
        settings.restream_slate_s,
    )  # fmt: skip


def _playing(database: Database) -> Playing:
    return Playing(
        lambda: database.run(playouts.places),
        lambda place: database.run(playing.began, place),
        lambda place: database.run(playing.over, place),
    )
