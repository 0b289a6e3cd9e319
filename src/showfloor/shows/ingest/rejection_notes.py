"""Notes of rejected publishers, for the console of the show that they were meant for."""

import logging

from showfloor.accounts.database_threads import Database
from showfloor.accounts.signer import network_hasher
from showfloor.kernel.clock import utc_now
from showfloor.media import services as media
from showfloor.media.diagnostics import rejections
from showfloor.media.ports import Cause, PublishRejected, PublishRequest
from showfloor.shows import stream_health
from showfloor.timeline.bus import Bus

log = logging.getLogger(__name__)


class RejectionNotes:
    """Tells this process and the others of each attempt that its people should know of."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def wrong_key(self, request: PublishRequest) -> None:
        """Note an attempt with a key that opens nothing.

        The people of a show learn that an encoder came with its key of before a rotation. An
        unknown key is noted under its network, for members of staff in the same network.
        """
        try:
            retired = await self._database.run(media.channel_of_retired_key, request.key)
        except Exception:  # a note is not worth an encoder's answer
            log.exception("refusal_not_noted")
            return
        if retired is not None:
            cause, place = Cause.OLD_KEY, rejections.of_channel(retired)
        else:
            network = network_hasher()(request.remote.rpartition(":")[0].strip("[]"))
            cause, place = Cause.UNKNOWN_KEY, rejections.of_network(network)
        self._note(place, request, PublishRejected("unauthorized", "", cause=cause))

    def rejected(
        self, channel_id: str, request: PublishRequest, rejection: PublishRejected
    ) -> None:
        """Note an attempt that was rejected at this channel."""
        self._note(rejections.of_channel(channel_id), request, rejection)

    def accepted(self, channel_id: str) -> None:
        """Drop the notes of a channel whose picture has come."""
        stream_health.tell_accepted(self._bus, rejections.of_channel(channel_id))

    def _note(self, place: str, request: PublishRequest, rejection: PublishRejected) -> None:
        if rejection.cause is not None:
            attempt = rejections.attempt(
                rejection.cause, rejection.detail, request.encoder, request.remote, utc_now()
            )
            stream_health.tell_rejected(self._bus, place, attempt)
