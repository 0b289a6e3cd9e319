"""The rate limit of commands: one per person, over all connections of a process."""

import time
from collections.abc import Callable

from showfloor.accounts.tokens import Claims
from showfloor.kernel.allowance import Allowances

BURST, PER_S = 20, 5.0  # commands of one person, over all endpoints and sockets


class CommandRateLimit:
    """Limits how fast each person sends commands. All endpoints of a process share one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._people = Allowances(BURST, PER_S, clock=clock)

    def wait_s(self, claims: Claims) -> float:
        """Let one command through and return 0, or return the seconds until the next is allowed."""
        wait_s = self._people.take(f"{claims.brand}/{claims.sub}")
        return max(0.1, round(wait_s, 1)) if wait_s else 0.0
