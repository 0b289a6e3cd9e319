"""Who may follow a show's timeline and see its media: one authoriser for every way in."""

import time
from typing import Final

from showfloor.accounts import access, bans
from showfloor.accounts.network import NetworkHasher
from showfloor.accounts.tokens import BadToken, Claims, TokenSigner
from showfloor.edge.hls import ShowMedia
from showfloor.edge.ports import Admission, Turned
from showfloor.edge.timeline import BAD_TOKEN, BANNED, NO_SHOW
from showfloor.kernel.clock import utc_now
from showfloor.media.origin import ChannelRegistry
from showfloor.roles.database import Database
from showfloor.roles.directory import ShowDirectory
from showfloor.shows.models import ShowState

WORKS_KEPT_S: Final = 3.0
WORKS_KEPT_MAX: Final = 2000


class TimelineDoor:
    """`edge.ports.Door`."""

    def __init__(
        self, database: Database, directory: ShowDirectory, signer: TokenSigner,
        network: NetworkHasher,
    ) -> None:  # fmt: skip
        self._database = database
        self._directory = directory
        self._signer = signer
        self._network = network

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        show = await self._directory.by_slug(slug)
        if show is None:
            raise Turned(NO_SHOW, "no such show")
        claims = self._claims(token, show.brand_id, address)
        if not show.is_public and not claims.is_staff:
            raise Turned(NO_SHOW, "no such show")
        # The token is up to 15 minutes old: whose role is gone gets a new one and comes back.
        if claims.is_staff and not await self._database.run(
            access.works_at, claims.sub, show.brand_id
        ):
            raise Turned(BAD_TOKEN, "no role at this brand any more")
        if not claims.is_staff and await self._database.run(
            bans.is_banned, show.brand_id, claims.sub, claims.network
        ):
            raise Turned(BANNED, "sent out of this show")
        return Admission(show.timeline_id, show.brand_id), claims

    def _claims(self, token: str | None, brand_id: str, address: str) -> Claims:
        if token is None:
            return Claims(sub="g:", brand=brand_id, network=self._network(address))
        try:
            claims = self._signer.verify(token, utc_now())
        except BadToken as error:
            raise Turned(BAD_TOKEN, str(error)) from None
        if claims.brand != brand_id:
            raise Turned(BAD_TOKEN, "a token for another brand")
        return claims


class MediaDoor:
    """What the HLS origin may serve, and to whom before the show has started."""

    def __init__(
        self, database: Database, directory: ShowDirectory, channels: ChannelRegistry,
        signer: TokenSigner,
    ) -> None:  # fmt: skip
        self._database = database
        self._directory = directory
        self._channels = channels
        self._signer = signer
        self._works: dict[tuple[str, str], tuple[float, bool]] = {}  # (sub, brand): until when, so

    async def resolve(self, slug: str) -> ShowMedia | None:
        show = await self._directory.by_slug(slug)
        if show is None:
            return None
        channel = await self._channels.open(show.channel_id)
        ended = show.state == ShowState.ENDED
        if ended and not channel.on_air:
            channel.end()
        return ShowMedia(channel, ended=ended, public=show.is_public)

    async def authorise_preview(self, token: str, slug: str) -> bool:
        show = await self._directory.by_slug(slug)
        if show is None:
            return False
        try:
            claims = self._signer.verify(token, utc_now())
        except BadToken:
            return False
        return claims.brand == show.brand_id and claims.is_staff and await self._works_here(claims)

    async def _works_here(self, claims: Claims) -> bool:
        """Whether they still do: asked for several requests a second, and kept for a moment."""
        person = (claims.sub, claims.brand)
        until, works = self._works.get(person, (0.0, False))
        if time.monotonic() >= until:
            works = await self._database.run(access.works_at, *person)
            if len(self._works) >= WORKS_KEPT_MAX:
                self._works.clear()
            self._works[person] = (time.monotonic() + WORKS_KEPT_S, works)
        return works
