"""The test provider's calls to the shop: notices over connections that stay open.

One thread keeps a notice on each connection and reads the answers in their order: so the shop has
many of them at once, as from a real provider, and can take them in one transaction.
"""

import http.client
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

log = logging.getLogger(__name__)

CONNECTIONS_MAX = 64  # at once; more notices than that wait for one of them
TIMEOUT_S = 5.0
_OVERDUE_S = 0.001  # for an answer that has had its time while others were read


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of the shop: `url`, under the `host` name that the site answers to."""

    url: str
    host: str


def send(
    endpoint: Endpoint, bodies: Sequence[bytes], headers_of: Callable[[bytes], Mapping[str, str]]
) -> list[bool]:
    """Post the notices side by side, and return for each of them whether the shop took it."""
    lines = [_Line(endpoint) for _n in range(min(len(bodies), CONNECTIONS_MAX))]
    taken: list[bool] = []
    try:
        for number, body in enumerate(bodies):
            line = lines[number % len(lines)]
            if number >= len(lines):
                taken.append(line.is_taken())
            line.post(body, headers_of(body))
        last = range(len(taken), len(bodies))
        taken.extend(lines[number % len(lines)].is_taken() for number in last)
    finally:
        for line in lines:
            line.close()
    return taken


class _Line:
    """A connection with one notice on it at a time."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._where: SplitResult = urlsplit(endpoint.url)
        assert self._where.hostname is not None, "an address with a host"
        self._connection = http.client.HTTPConnection(
            self._where.hostname, self._where.port or 80, timeout=TIMEOUT_S
        )
        self._until: float | None = None  # the answer is due then; None: nothing was sent

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        self._until = None
        try:
            self._connection.request(
                "POST", self._where.path, body, {**headers, "Host": self._endpoint.host}
            )
            self._until = time.monotonic() + TIMEOUT_S
        except (OSError, http.client.HTTPException) as error:
            self._broken(error)

    def is_taken(self) -> bool:
        """Return whether the shop took the notice that was posted last."""
        if self._until is None:
            return False
        try:
            self._connection.sock.settimeout(max(self._until - time.monotonic(), _OVERDUE_S))
            answer = self._connection.getresponse()
            answer.read()
            if self._connection.sock is not None:  # the shop keeps the line open
                self._connection.sock.settimeout(TIMEOUT_S)
        except (OSError, http.client.HTTPException) as error:
            self._broken(error)
            return False
        is_good = 200 <= answer.status < 300
        if not is_good:
            log.warning("webhook_not_taken url=%s status=%d", self._endpoint.url, answer.status)
        return is_good

    def close(self) -> None:
        self._connection.close()

    def _broken(self, error: Exception) -> None:
        self._connection.close()  # the next notice opens it again
        log.warning("webhook_unreachable url=%s error=%s", self._endpoint.url, error)
