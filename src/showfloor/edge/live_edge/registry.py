"""The viewers at the live edge in this process: their bounds, their admission and their end."""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol

from showfloor.accounts.network import AddressSigner, client_address
from showfloor.accounts.tokens import Claims
from showfloor.edge.fanout.hub import Covers, is_nameless
from showfloor.edge.live_edge.messages import LiveHello
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.websocket import handshake
from showfloor.edge.websocket.handshake import AllowsOrigin, Opening
from showfloor.edge.websocket.registry import Phase
from showfloor.edge.websocket_frames import CloseCode
from showfloor.media.live_edge.feed import LiveFeed

PATH: Final = re.compile(r"/live-edge/(?P<slug>[-a-zA-Z0-9_]{1,80})")
PREFIX: Final = "/live-edge/"
_OPENING_ROOM: Final = 50  # connections above the limit that are told why
REVIEW_EVERY_S: Final = 2.0
_SILENCE_MAX_S: Final = {
    Phase.OPENING: 5.0, Phase.GREETING: 10.0, Phase.ENTERING: 20.0, Phase.LIVE: 75.0,
    Phase.CLOSING: 5.0, Phase.GONE: 0.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LiveEdgeLimits:
    """The bounds of one process. A person has few pages, and a network many people."""

    viewers: int = 500
    per_network: int = 250
    per_person: int = 6


@dataclass(frozen=True, slots=True)
class LiveEntry:
    """What an admitted viewer follows."""

    admission: Admission
    claims: Claims
    feed: LiveFeed


class LiveEdgeAdmission(Protocol):
    """Decides who may see the live edge of a show."""

    async def admit(
        self, slug: str, token: str | None, address: str, *, preview: bool
    ) -> LiveEntry:
        """Return what this person may follow; AdmissionDenied."""

    def renew(self, claims: Claims, token: str) -> Claims:
        """Return the claims of a fresh token of the same person; AdmissionDenied."""

    async def is_for_all(self, slug: str) -> bool:
        """Return whether all viewers of the show may follow, not staff alone."""


class RegisteredViewer(Protocol):
    """The part of a connection that the registry uses."""

    claims: Claims
    phase: Phase
    heard_at: float
    network: str
    is_admitted: bool
    timeline_id: str
    personal_seq: int

    @property
    def is_public(self) -> bool: ...

    def disconnect(self, code: int, reason: str) -> None: ...

    def overdue(self, now: float) -> None:
        """The client was silent for longer than its phase allows."""

    def look(self, now: float) -> None:
        """Look whether the viewer still takes what it is given."""

    def abort(self) -> None: ...


class LiveEdgeRegistry:
    """All methods belong to the event loop."""

    def __init__(
        self, admission: LiveEdgeAdmission, allows_origin: AllowsOrigin, *,
        limits: LiveEdgeLimits | None = None, trusted_proxies: int = 0,
        network: Callable[[str], str] = str, now: Callable[[], float] = time.monotonic,
        signer: AddressSigner | None = None,
    ) -> None:  # fmt: skip
        """`network`: the key by which an address is counted. `signer`: of the addresses that edges
        in between tell."""
        self.now = now
        self._admission = admission
        self._allows_origin = allows_origin
        self._limits = limits or LiveEdgeLimits()
        self._trusted_proxies = trusted_proxies
        self._network = network
        self._signer = signer
        self._viewers: dict[RegisteredViewer, str] = {}  # with the show's slug once it is known
        self._reviewed_at = now()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def holders(self) -> Sequence[RegisteredViewer]:
        """Return the connections that came in by a token."""
        return [one for one in self._viewers if one.is_admitted]

    # --- connections' side ---

    def open(self, viewer: RegisteredViewer, head: bytes, remote: str) -> Opening:
        """Check the handshake and count the connection in; HandshakeRejected."""
        opening = handshake.check(head, self._allows_origin, PATH)
        if not self._is_open or len(self._viewers) >= self._limits.viewers + _OPENING_ROOM:
            raise handshake.HandshakeRejected(HTTPStatus.SERVICE_UNAVAILABLE, "Retry-After: 2")
        viewer.network = self._network(self.address_of(opening, remote))
        self._viewers[viewer] = ""
        return opening

    def address_of(self, opening: Opening, remote: str) -> str:
        """Return the viewer's address: as the edge in between says, or as proxies do."""
        if opening.viewer and self._signer is not None:
            told = self._signer.address(opening.viewer, opening.nonce)
            if told is not None:
                return told
        return client_address(remote, opening.forwarded_for, self._trusted_proxies)

    def forget(self, viewer: RegisteredViewer) -> None:
        self._viewers.pop(viewer, None)

    async def admit(
        self, viewer: RegisteredViewer, slug: str, hello: LiveHello, address: str
    ) -> LiveEntry:
        """Return what the token's person may follow; AdmissionDenied."""
        entry = await self._admission.admit(slug, hello.token, address, preview=hello.is_preview)
        limits, others, person = self._limits, self.holders(), entry.claims
        near = sum(one.network == viewer.network for one in others)
        same = (
            0
            if is_nameless(person.sub)
            else sum(
                (one.claims.brand, one.claims.sub) == (person.brand, person.sub) for one in others
            )
        )
        is_full = len(others) >= limits.viewers or near >= limits.per_network
        if is_full or same >= limits.per_person:
            raise AdmissionDenied(CloseCode.TOO_MANY_CONNECTIONS, "the live edge is full")
        self._viewers[viewer] = slug
        return entry

    def renew(self, claims: Claims, token: str) -> Claims:
        return self._admission.renew(claims, token)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- ending ---

    def disconnect(self, covers: Covers, code: int, reason: str) -> None:
        """End the connections of everyone whom `covers` names."""
        for one in self.holders():
            if covers(one.claims.brand, one.claims.sub, one.claims.network):
                one.disconnect(code, reason)

    def disconnect_viewers(self, timeline_id: str, code: int, reason: str) -> None:
        """End all connections to this show but those of staff."""
        for one in self.holders():
            if one.timeline_id == timeline_id and not one.claims.is_staff:
                one.disconnect(code, reason)

    def sweep(self, now: float) -> None:
        """End overdue connections, those that take nothing, and now and then those of shows whose
        live edge is staff's alone by now."""
        if now - self._reviewed_at >= REVIEW_EVERY_S:
            self._reviewed_at = now
            self.run(self._review())
        for one in list(self._viewers):
            if now - one.heard_at > _SILENCE_MAX_S[one.phase]:
                one.overdue(now)
            else:
                one.look(now)

    async def _review(self) -> None:
        viewers = [one for one in self.holders() if not one.claims.is_staff]
        for slug in {self._viewers[one] for one in viewers}:
            if await self._admission.is_for_all(slug):
                continue
            for one in viewers:
                if self._viewers.get(one) == slug:
                    one.disconnect(CloseCode.NO_RIGHT, "the live edge of this show is for staff")

    async def shutdown(self) -> None:
        """Send everyone away, and take nobody in any more."""
        self._is_open = False
        for one in list(self._viewers):
            one.disconnect(CloseCode.RESTART, "restarting")
        await asyncio.sleep(0)
        for one in list(self._viewers):
            one.abort()
