"""One publisher that was let in: its session, its stream, and the reports about its picture."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import override

from showfloor.media.diagnostics import rules as diagnostics
from showfloor.media.diagnostics.findings import worst_first
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.encoding.broadcast import BroadcastListener, BroadcastSession
from showfloor.media.hls.origin import LiveStream
from showfloor.media.packaging.segmenter import SEGMENT_S
from showfloor.media.ports import PublishRejected, PublishRequest
from showfloor.media.source_role import SourceRole
from showfloor.shows.directory import ShowInfo
from showfloor.shows.ingest.picture_report import PictureReport
from showfloor.shows.ingest.rejection_notes import RejectionNotes

log = logging.getLogger(__name__)


class Publisher(BroadcastListener):
    """Reports when its picture is there and when it is gone; `on_left` is called at the end."""

    session: BroadcastSession

    def __init__(
        self, show: ShowInfo, stream: LiveStream, request: PublishRequest, notes: RejectionNotes,
        role: SourceRole, picture: PictureReport, on_left: "Callable[[Publisher], None]",
    ) -> None:  # fmt: skip
        """`picture` is the show's: its other publisher reports there, too."""
        self.role = role
        self.show = show
        self.stream = stream
        self.gone = asyncio.Event()
        self._request = request
        self._notes = notes
        self.picture = picture
        self._on_left = on_left

    @property
    def encoder(self) -> str:
        """The encoder's own name."""
        return self._request.encoder

    def health(self) -> IngestHealth:
        """Return the session's health together with the findings about its recording."""
        recorder = self.stream.recorder
        recording = diagnostics.recording_findings(
            is_failing=recorder.is_failing, is_losing=recorder.is_losing,
            held_s=recorder.held_s, lost_s=recorder.segments_lost * SEGMENT_S,
        )  # fmt: skip
        health = self.session.health()
        return replace(health, findings=tuple(worst_first([*recording, *health.findings])))

    @override
    def on_picture(self) -> None:
        if self.session.kicked.is_set():
            return  # its last pictures: another process may have the show by now
        self._notes.accepted(self.show.channel_id)
        self.picture.opened(self._request.encoder)

    @override
    def on_picture_goes_on(self) -> None:
        self._notes.accepted(self.show.channel_id)

    @override
    def on_picture_lost(self) -> None:
        self.picture.lost()

    @override
    def on_rejected(self, rejection: PublishRejected) -> None:
        self._notes.rejected(self.show.channel_id, self._request, rejection)

    @override
    def on_end(self, reason: str) -> None:
        log.info("broadcast_ended show=%s reason=%s", self.show.slug, reason)
        self._on_left(self)
        self.gone.set()
