"""Who may follow a show's timeline and see its media: one authoriser for every way in."""

from showfloor.accounts.network import NetworkHasher
from showfloor.accounts.subjects import NAMELESS
from showfloor.accounts.tokens import BadToken, Claims, KnownTokens, TokenSigner
from showfloor.edge.hls.endpoint import ShowMedia
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.kernel.clock import utc_now
from showfloor.media.hls.origin import LiveStreamRegistry
from showfloor.roles.auth_cache import BAD_TOKEN, AuthCache
from showfloor.shows.directory import ShowDirectory
from showfloor.shows.models import ShowState

NO_SHOW = 4404  # close code of the timeline protocol


class TimelineAuthorizer:
    """`edge.ports.Door`."""

    def __init__(
        self,
        directory: ShowDirectory,
        auth_cache: AuthCache,
        signer: TokenSigner,
        network: NetworkHasher,
    ) -> None:
        self._directory = directory
        self._auth_cache = auth_cache
        self._tokens = KnownTokens(signer)
        self._network = network

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        given = self._verified(token) if token is not None else None
        show = await self._directory.by_slug(slug)
        if show is None:
            raise AdmissionDenied(NO_SHOW, "no such show")
        claims = given or Claims(NAMELESS, show.brand_id, network=self._network(address))
        # The same answer as for a show that is not there: its name is nobody's business yet.
        if not show.is_public and not (claims.is_staff and claims.brand == show.brand_id):
            raise AdmissionDenied(NO_SHOW, "no such show")
        if claims.brand != show.brand_id:
            raise AdmissionDenied(BAD_TOKEN, "a token for another brand")
        await self._auth_cache.check(claims)
        admission = Admission(
            show.timeline_id, show.brand_id, show.show_id, show.slug, show.is_public,
            show.backstage_id,
        )  # fmt: skip
        return admission, claims

    def renew(self, claims: Claims, token: str) -> Claims:
        fresh = self._verified(token)
        if (fresh.sub, fresh.brand) != (claims.sub, claims.brand):
            raise AdmissionDenied(BAD_TOKEN, "a token of someone else")
        self._auth_cache.check_again(fresh)
        return fresh

    def _verified(self, token: str) -> Claims:
        try:
            return self._tokens.verify(token, utc_now())
        except BadToken as error:
            raise AdmissionDenied(BAD_TOKEN, str(error)) from None


class MediaAuthorizer:
    """What the HLS origin may serve, and to whom before the show has started."""

    def __init__(
        self,
        directory: ShowDirectory,
        channels: LiveStreamRegistry,
        auth_cache: AuthCache,
        signer: TokenSigner,
    ) -> None:
        self._directory = directory
        self._channels = channels
        self._auth_cache = auth_cache
        self._signer = signer

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
        if claims.brand != show.brand_id or not claims.is_staff:
            return False
        try:
            await self._auth_cache.check(claims)
        except AdmissionDenied:
            return False
        return True
