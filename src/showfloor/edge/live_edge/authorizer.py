"""The authorizer of the live edge: staff at every show, others where the show says so."""

from typing import Protocol

from showfloor.accounts.tokens import Claims
from showfloor.edge.live_edge.registry import LiveEntry
from showfloor.edge.ports import AdmissionDenied, Authorizer
from showfloor.edge.websocket_frames import CloseCode
from showfloor.media.hls.live_streams import LiveStreamRegistry


class LiveEdgeShow(Protocol):
    """As much of a show as the live edge asks for."""

    @property
    def channel_id(self) -> str: ...

    @property
    def has_live_edge(self) -> bool:
        """Return whether everyone who may watch may do so at the live edge."""


class LiveEdgeShows(Protocol):
    """Shows by slug."""

    async def by_slug(self, slug: str) -> LiveEdgeShow | None: ...


class TimelinePeople(Authorizer, Protocol):
    """The people whom the timelines let in."""

    def check_again(self, claims: Claims) -> None:
        """Check a person who was let in a moment ago, from memory alone; AdmissionDenied."""


class LiveEdgeAuthorizer:
    """`edge.live_edge.registry.LiveEdgeAdmission`, for people whom the timeline lets in."""

    def __init__(
        self, shows: LiveEdgeShows, streams: LiveStreamRegistry, timeline: TimelinePeople
    ) -> None:
        self._shows = shows
        self._streams = streams
        self._timeline = timeline

    async def admit(
        self, slug: str, token: str | None, address: str, *, preview: bool
    ) -> LiveEntry:
        admission, claims = await self._timeline.admit(slug, token, address)
        show = await self._shows.by_slug(slug)
        if show is None:
            raise AdmissionDenied(CloseCode.NO_SHOW, "no such show")
        if not claims.is_staff and (preview or not show.has_live_edge):
            raise AdmissionDenied(CloseCode.NO_RIGHT, "the live edge of this show is for staff")
        stream = await self._streams.open(show.channel_id)
        self._timeline.check_again(claims)  # a ban may have come while the stream was opened
        return LiveEntry(admission, claims, stream.live_feed)

    async def is_for_all(self, slug: str) -> bool:
        show = await self._shows.by_slug(slug)
        return show is not None and show.has_live_edge

    def renew(self, claims: Claims, token: str) -> Claims:
        return self._timeline.renew(claims, token)
