"""A sweep that ends connections with extra rights when their token expires.

A token is checked when a person comes in; without the sweep a stolen one could be used for as long
as its connection pings. A client sends a fresh token in time (the `token` frame) or, where it
cannot, comes back with one after code 4401. Connections that read public entries alone stay.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from showfloor.accounts.tokens import TOKEN_TTL, Claims
from showfloor.edge.fanout.hub import Hub
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.clock import Clock, to_epoch_ms

LOOK_EVERY_S: Final = 15.0  # one walk over all connections: 2 ms for ten thousand
GRACE_S: Final = 60.0  # for clients without a network in the last 90 s, when they renew
_GOOD_MS: Final = int((TOKEN_TTL.total_seconds() + GRACE_S) * 1000)


class TokenHolder(Protocol):
    """A connection that came in by a token. `personal_seq`: −1 without the person's own stream."""

    @property
    def claims(self) -> Claims: ...
    @property
    def personal_seq(self) -> int: ...
    @property
    def is_public(self) -> bool: ...

    def disconnect(self, code: int, reason: str) -> None: ...


class TokenExpiry:
    """Ends the expired connections of one kind in the hub's sweep."""

    def __init__(
        self, hub: Hub, holders: Callable[[], Iterable[TokenHolder]], clock: Clock
    ) -> None:
        self._holders = holders
        self._clock = clock
        self._due = 0.0
        hub.on_sweep.append(self._sweep)

    def _sweep(self, now: float) -> None:
        if now < self._due:
            return
        self._due = now + LOOK_EVERY_S
        oldest = to_epoch_ms(self._clock()) - _GOOD_MS
        for holder in [one for one in self._holders() if _is_over(one, oldest)]:
            holder.disconnect(CloseCode.BAD_TOKEN, "the token has run out")


def _is_over(holder: TokenHolder, oldest_ms: int) -> bool:
    claims = holder.claims
    if not 0 < claims.issued_at < oldest_ms:  # 0: the connection has no token
        return False
    return claims.is_staff or holder.personal_seq >= 0 or not holder.is_public
