"""The registry of all WebSockets in this process: their shared state, their bounds, and their
end."""

import asyncio
import random
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from http import HTTPStatus
from itertools import batched
from typing import Any, Final, Protocol

from showfloor.accounts.network import client_address
from showfloor.accounts.tokens import Claims
from showfloor.edge.commands.rate_limit import CommandRateLimit
from showfloor.edge.fanout.hub import Hub, Subscription
from showfloor.edge.fanout.personal_streams import PersonalFollower, PersonalStreams
from showfloor.edge.fanout.viewer import Transport
from showfloor.edge.ports import Admission, AdmissionDenied, Authorizer, Commands
from showfloor.edge.token_expiry import TokenExpiry
from showfloor.edge.websocket import handshake
from showfloor.edge.websocket.handshake import AllowsOrigin, Opening
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.clock import Clock, utc_now
from showfloor.timeline.log import NoTimeline

ENTER_WITHIN_S: Final = 20.0
_REFUSE_ROOM: Final = 200  # connections above the limit that get a close code; others get 503
_AT_ONCE: Final = 500
_KEPT_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """0: unlimited. `per_network`: of one address's /24 or /64."""

    connections: int = 0
    per_network: int = 0
    per_person: int = 0
    hello_s: float = 10.0
    silent_s: float = 75.0  # clients ping every 20 s; three missed pings end the connection
    close_s: float = 5.0  # the time for a client to answer a close, or to begin a handshake


class Phase(IntEnum):
    """The phase of a connection."""

    OPENING = 0  # no handshake yet
    GREETING = 1  # no hello yet
    ENTERING = 2  # being admitted
    LIVE = 3
    CLOSING = 4  # a close was sent
    GONE = 5


class RegisteredConnection(PersonalFollower, Protocol):
    """The part of a WebSocket that the registry uses."""

    address: str  # the visitor's
    network: str  # what connections are counted by
    phase: Phase
    heard_at: float  # monotonic; when the phase began, before and after LIVE
    transport: Transport

    @property
    def is_public(self) -> bool: ...

    def overdue(self) -> None:
        """The client was silent for longer than its phase allows."""

    def retry(self, after_ms: int) -> None:
        """Tell the client when to come back; `disconnect` follows."""

    def crowded(self) -> None:
        """End the connection because there is one too many."""


class ConnectionRegistry:
    """All methods belong to the event loop. uvicorn takes
    `edge.websocket.connection.protocol(registry)` as its `ws=`."""

    def __init__(
        self, hub: Hub, authorizer: Authorizer, allows_origin: AllowsOrigin, *,
        commands: Commands | None = None, personal: PersonalStreams | None = None,
        rate_limit: CommandRateLimit | None = None, network: Callable[[str], str] = str,
        limits: SocketLimits | None = None, trusted_proxies: int = 0, clock: Clock = utc_now,
    ) -> None:  # fmt: skip
        """`network`: the key by which an address is counted."""
        self.hub = hub
        self.authorizer = authorizer
        self.commands = commands
        self.rate_limit = rate_limit or CommandRateLimit()
        self.clock = clock
        self.now = time.monotonic()  # to the second; one object shared by all connections
        self._allows_origin = allows_origin
        self._limits = limits or SocketLimits()
        self._network = network
        self._trusted_proxies = trusted_proxies
        self._personal = personal
        self._connections: dict[RegisteredConnection, None] = {}
        self._per_network: dict[str, int] = {}
        self._admissions: dict[Admission, Admission] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True
        self._silence_max_s = {
            Phase.OPENING: self._limits.close_s,
            Phase.GREETING: self._limits.hello_s,
            Phase.ENTERING: ENTER_WITHIN_S,
            Phase.LIVE: self._limits.silent_s,
            Phase.CLOSING: self._limits.close_s,
            Phase.GONE: self._limits.close_s,
        }
        hub.on_sweep.append(self.sweep)
        TokenExpiry(hub, self._live, clock)

    def __len__(self) -> int:
        return len(self._connections)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task that outlives its connection: a command is done although its sender has
        left."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def shutdown(self, within_s: float = 1.0) -> None:
        """Disconnect everyone, each with a time of its own for coming back."""
        self._is_open = False
        everyone = list(self._connections)
        for batch in batched(everyone, _AT_ONCE):
            for connection in batch:
                connection.retry(self.jitter_ms(connection.timeline_id))
                connection.disconnect(CloseCode.RESTART, "restarting")
            await asyncio.sleep(0)
        await self._until_empty(within_s)
        for connection in list(self._connections):
            connection.transport.abort()
        await self._until_empty(within_s)

    def sweep(self, now: float) -> None:
        """End overdue connections. One sweep a second replaces a timer for each."""
        self.now = now
        for connection in list(self._connections):
            if now - connection.heard_at > self._silence_max_s[connection.phase]:
                connection.overdue()

    def _live(self) -> Iterator[RegisteredConnection]:
        return (one for one in self._connections if one.phase is Phase.LIVE)

    # --- for connections -------------------------------------------------------------------------

    def open(self, connection: RegisteredConnection, head: bytes, remote: str) -> Opening:
        """Check the handshake and count the connection in; HandshakeRejected."""
        opening = handshake.check(head, self._allows_origin)
        most = self._limits.connections
        if not self._is_open or (most and len(self._connections) >= most + _REFUSE_ROOM):
            raise handshake.HandshakeRejected(HTTPStatus.SERVICE_UNAVAILABLE, "Retry-After: 2")
        address = client_address(remote, opening.forwarded_for, self._trusted_proxies)
        connection.address = address
        connection.network = sys.intern(self._network(address))
        self._connections[connection] = None
        self._per_network[connection.network] = self._per_network.get(connection.network, 0) + 1
        return opening

    def check_room(self, connection: RegisteredConnection) -> None:
        """End a connection beyond the bounds."""
        limits, network = self._limits, connection.network
        is_full = 0 < limits.connections < len(self._connections)
        is_crowd = 0 < limits.per_network < self._per_network.get(network, 0) and network != ""
        if is_full or is_crowd:
            connection.crowded()

    def forget(self, connection: RegisteredConnection) -> None:
        """Count a connection out that has ended."""
        if connection not in self._connections:
            return
        del self._connections[connection]
        left = self._per_network[connection.network] - 1
        if left:
            self._per_network[connection.network] = left
        else:
            del self._per_network[connection.network]

    async def admit(
        self, opening: Opening, token: str | None, address: str
    ) -> tuple[Admission, Claims]:
        """Return what the token's person may follow; AdmissionDenied."""
        admission, claims = await self.authorizer.admit(opening.slug, token, address)
        if opening.backstage and not (claims.is_staff and admission.backstage_id):
            raise AdmissionDenied(CloseCode.NO_SHOW, "no such show")
        most, subject = self._limits.per_person, claims.sub
        if 0 < most <= len(self.hub.of_person(claims.brand, subject)):
            raise AdmissionDenied(CloseCode.TOO_MANY_CONNECTIONS, "too many connections")
        if len(self._admissions) >= _KEPT_MAX:
            self._admissions.clear()
        return self._admissions.setdefault(admission, admission), self.lean(claims)

    async def join(self, connection: RegisteredConnection) -> Subscription:
        """Count the connection in with the hub; AdmissionDenied."""
        try:
            return await self.hub.join(connection)
        except NoTimeline:
            raise AdmissionDenied(CloseCode.NO_SHOW, "no such show") from None

    def left(self, subscription: Subscription, connection: RegisteredConnection) -> None:
        self.hub.leave(subscription, connection)

    def lean(self, claims: Claims) -> Claims:
        """Return the claims with the strings that thousands share kept once."""
        return replace(claims, brand=sys.intern(claims.brand), network=sys.intern(claims.network))

    def follow_personal(self, connection: RegisteredConnection, after: int) -> None:
        """Send the person's own stream from this position on, where it is offered."""
        if self._personal is not None:
            self._personal.follow(connection, after)

    def jitter_ms(self, timeline_id: str) -> int:
        """Return when one connection of many should come back."""
        return 200 + int(random.random() * self.hub.spread_ms(timeline_id))  # noqa: S311

    async def _until_empty(self, within_s: float) -> None:
        end = time.monotonic() + within_s
        # Thousands end by themselves, and none is known to be the last.
        while self._connections and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
