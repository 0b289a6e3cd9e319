"""One publisher that was let in: its session, its stream, and the reports to its show."""

import asyncio
import functools
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import override

from showfloor.kernel.ids import new_id
from showfloor.media.diagnostics import rules as diagnostics
from showfloor.media.diagnostics.findings import worst_first
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.encoding.broadcast import BroadcastListener, BroadcastSession
from showfloor.media.hls.origin import LiveStream
from showfloor.media.packaging.segmenter import SEGMENT_S
from showfloor.media.ports import PublishRejected, PublishRequest
from showfloor.shows import services as shows
from showfloor.shows.directory import ShowInfo
from showfloor.shows.ingest.rejection_notes import RejectionNotes

log = logging.getLogger(__name__)


class Publisher(BroadcastListener):
    """Reports a broadcast when its picture is there, and its loss once when it is gone.

    `report` runs a verb after this channel's earlier ones; `on_left` is called at the end.
    """

    session: BroadcastSession

    def __init__(
        self, show: ShowInfo, stream: LiveStream, request: PublishRequest, notes: RejectionNotes,
        report: Callable[[Callable[[], object]], None], on_left: "Callable[[Publisher], None]",
    ) -> None:  # fmt: skip
        self.show = show
        self.stream = stream
        self.gone = asyncio.Event()
        self._request = request
        self._notes = notes
        self._report = report
        self._on_left = on_left
        self._broadcast_id = ""  # of the picture that is there; empty without one

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
        self._broadcast_id = new_id()
        self._notes.accepted(self.show.channel_id)
        self._report(
            functools.partial(
                shows.broadcast_opened,
                self.show.show_id,
                encoder=self._request.encoder,
                broadcast_id=self._broadcast_id,
            )
        )

    @override
    def on_picture_lost(self) -> None:
        self.report_lost()

    @override
    def on_rejected(self, rejection: PublishRejected) -> None:
        self._notes.rejected(self.show.channel_id, self._request, rejection)

    @override
    def on_end(self, reason: str) -> None:
        log.info("broadcast_ended show=%s reason=%s", self.show.slug, reason)
        self._on_left(self)
        self.gone.set()
        self.report_lost()

    def report_lost(self) -> None:
        """Report the loss of a picture that was there; do nothing the second time.

        Another process may have the show's lease meanwhile: its picture is not lost.
        """
        broadcast_id, self._broadcast_id = self._broadcast_id, ""
        if broadcast_id:
            self._report(
                functools.partial(
                    shows.broadcast_lost, self.show.show_id, broadcast_id=broadcast_id
                )
            )
