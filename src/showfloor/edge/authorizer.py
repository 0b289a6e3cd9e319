"""The authorizers of the edge: who may follow a show's timeline, and who may see its media."""

from collections.abc import Sequence
from typing import Protocol

from showfloor.accounts.network import NetworkHasher
from showfloor.accounts.rules import Banned
from showfloor.accounts.subjects import NAMELESS
from showfloor.accounts.tokens import BadToken, Claims, KnownTokens, TokenSigner
from showfloor.edge.hls.endpoint import ShowMedia
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.clock import utc_now
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.hls.origin import LiveStream
from showfloor.media.passes import PassSigner
from showfloor.shows.watched_show import TICKET, ReplayBounds, WatchedShow, is_cast


class ShowFacts(Protocol):
    """As much of a show as an authorizer asks for."""

    @property
    def watched(self) -> WatchedShow: ...
    @property
    def timeline_id(self) -> str: ...
    @property
    def backstage_id(self) -> str: ...
    @property
    def channel_id(self) -> str: ...
    @property
    def is_announced(self) -> bool: ...
    @property
    def is_public(self) -> bool: ...
    @property
    def replay(self) -> ReplayBounds: ...


class Shows(Protocol):
    """Shows by slug."""

    async def by_slug(self, slug: str) -> ShowFacts | None: ...

    def known(self, slug: str) -> ShowFacts | None:
        """Return the show from memory; None where only `by_slug` can tell."""


class Rights(Protocol):
    """The bans, roles and revoked tokens of the people who come in."""

    async def check(self, claims: Claims) -> None:
        """Raise Banned or BadToken unless this person may come in."""

    def check_again(self, claims: Claims) -> None:
        """Do the same from memory alone, for a person who was let in a moment ago."""

    def is_known(self, claims: Claims) -> bool:
        """Return whether this person may come in, from memory alone; False where only `check` can
        tell."""


class Watchers(Protocol):
    """The people who may watch a show that is not open to everyone."""

    async def may_watch(self, show: WatchedShow, person: Claims) -> bool: ...


class StreamFacts(Protocol):
    """Something of the shows' timelines, for players that do not follow them."""

    async def apply(self, show_id: str, timeline_id: str, stream: LiveStream) -> None:
        """Give a show's stream its share."""


class TimelineAuthorizer:
    """`edge.ports.Authorizer`."""

    def __init__(
        self, shows: Shows, rights: Rights, watchers: Watchers, signer: TokenSigner,
        network: NetworkHasher,
    ) -> None:  # fmt: skip
        self._shows = shows
        self._rights = rights
        self._watchers = watchers
        self._tokens = KnownTokens(signer)
        self._network = network

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        given = self._verified(token) if token is not None else None
        show = await self._shows.by_slug(slug)
        if show is None:
            raise _no_such_show()
        brand_id = show.watched.brand_id
        claims = given or Claims(NAMELESS, brand_id, network=self._network(address))
        # The answer is the same as for a missing show, because even its name is still a secret.
        is_insider = claims.is_staff or is_cast(show.watched.show_id, claims.traits)
        if not show.is_announced and not (is_insider and claims.brand == brand_id):
            raise _no_such_show()
        if claims.brand != brand_id:
            raise AdmissionDenied(CloseCode.BAD_TOKEN, "a token for another brand")
        try:
            await self._rights.check(claims)
        except (Banned, BadToken) as error:
            raise _denied(error) from None
        if not show.is_public and not await self._watchers.may_watch(show.watched, claims):
            raise _no_right(show.watched)
        admission = Admission(
            show.timeline_id, brand_id, show.watched.show_id, slug, show.is_public,
            show.backstage_id,
        )  # fmt: skip
        return admission, claims

    def known(self, slug: str, token: str) -> tuple[str, Claims] | None:
        show = self._shows.known(slug)
        if show is None or not show.is_public:
            return None
        claims = self.known_bearer(token)
        if claims is None or claims.brand != show.watched.brand_id:
            return None
        return show.watched.show_id, claims

    def known_bearer(self, token: str) -> Claims | None:
        """Return the bearer of a token from memory alone; None where only `identify` can tell."""
        try:
            claims = self._tokens.verify(token, utc_now())
        except BadToken:
            return None
        return claims if self._rights.is_known(claims) else None

    async def identify(self, token: str) -> Claims:
        """Return the bearer of a token, at whichever brand; AdmissionDenied."""
        claims = self._verified(token)
        try:
            await self._rights.check(claims)
        except (Banned, BadToken) as error:
            raise _denied(error) from None
        return claims

    def renew(self, claims: Claims, token: str) -> Claims:
        fresh = self._verified(token)
        if (fresh.sub, fresh.brand) != (claims.sub, claims.brand):
            raise AdmissionDenied(CloseCode.BAD_TOKEN, "a token of someone else")
        self.check_again(fresh)
        return fresh

    def check_again(self, claims: Claims) -> None:
        """Check a person who was let in a moment ago, from memory alone; AdmissionDenied."""
        try:
            self._rights.check_again(claims)
        except (Banned, BadToken) as error:
            raise _denied(error) from None

    def _verified(self, token: str) -> Claims:
        try:
            return self._tokens.verify(token, utc_now())
        except BadToken as error:
            raise _denied(error) from None


class MediaAuthorizer:
    """Decides which media the HLS origin serves, and who may see it before the show has started."""

    def __init__(
        self, shows: Shows, streams: LiveStreamRegistry, rights: Rights, signer: TokenSigner,
        passes: PassSigner, facts: Sequence[StreamFacts],
    ) -> None:  # fmt: skip
        self._shows = shows
        self._streams = streams
        self._rights = rights
        self._signer = signer
        self._passes = passes
        self._stream_facts = facts

    async def resolve(self, slug: str, viewing_pass: str | None) -> ShowMedia | None:
        show = await self._shows.by_slug(slug)
        if show is None or show.replay.is_deleted:
            return None
        watched, is_announced, left_s = show.watched, show.is_announced, None
        if viewing_pass is not None and is_announced:
            left_s = self._passes.left_s(viewing_pass, watched.show_id, utc_now())
        stream = await self._streams.open(show.channel_id)
        if watched.is_over and not stream.on_air:
            stream.end()
        stream.trim(show.replay.start, show.replay.end)
        for one in self._stream_facts:
            await one.apply(watched.show_id, show.timeline_id, stream)
        return ShowMedia(
            stream, ended=watched.is_over, announced=is_announced, public=show.is_public,
            pass_left_s=left_s,
        )  # fmt: skip

    async def authorise_preview(self, token: str, slug: str) -> bool:
        """Return whether this token belongs to staff of the show's brand."""
        show = await self._shows.by_slug(slug)
        if show is None:
            return False
        try:
            claims = self._signer.verify(token, utc_now())
            if claims.brand != show.watched.brand_id or not claims.is_staff:
                return False
            await self._rights.check(claims)
        except (Banned, BadToken):
            return False
        return True


def _no_such_show() -> AdmissionDenied:
    return AdmissionDenied(CloseCode.NO_SHOW, "no such show")


def _no_right(show: WatchedShow) -> AdmissionDenied:
    words = "this show is for members"
    if show.open_to == TICKET:
        words = "this show is for people with a ticket"
    return AdmissionDenied(CloseCode.NO_RIGHT, words)


def _denied(error: Banned | BadToken) -> AdmissionDenied:
    code = CloseCode.BANNED if isinstance(error, Banned) else CloseCode.BAD_TOKEN
    return AdmissionDenied(code, str(error))
