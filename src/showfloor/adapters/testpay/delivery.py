"""The test provider's calls to the shop: notices over a few connections that stay open."""

import http.client
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

CONNECTIONS_MAX = 16  # at once; more notices than that wait for one of them
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of the shop: `url`, under the `host` name that the site answers to."""

    url: str
    host: str


def send(
    endpoint: Endpoint, bodies: Sequence[bytes], headers_of: Callable[[bytes], Mapping[str, str]]
) -> list[bool]:
    """Post the notices side by side, and return for each of them whether the shop took it."""
    shares = [bodies[number::CONNECTIONS_MAX] for number in range(CONNECTIONS_MAX)]
    shares = [share for share in shares if share]
    if len(shares) <= 1:
        return _send_share(endpoint, bodies, headers_of) if bodies else []
    taken = [False] * len(bodies)
    with ThreadPoolExecutor(len(shares), thread_name_prefix="test-notices") as threads:
        answers = threads.map(lambda share: _send_share(endpoint, share, headers_of), shares)
        for number, answer in enumerate(answers):
            taken[number::CONNECTIONS_MAX] = answer
    return taken


def _send_share(
    endpoint: Endpoint, bodies: Sequence[bytes], headers_of: Callable[[bytes], Mapping[str, str]]
) -> list[bool]:
    """Post notices one after the other over one connection."""
    where = urlsplit(endpoint.url)
    assert where.hostname is not None, "an address with a host"
    connection = http.client.HTTPConnection(where.hostname, where.port or 80, timeout=TIMEOUT_S)
    taken = []
    try:
        for body in bodies:
            headers = {**headers_of(body), "Host": endpoint.host}
            taken.append(_post(connection, endpoint.url, where.path, body, headers))
    finally:
        connection.close()
    return taken


def _post(
    connection: http.client.HTTPConnection, url: str, path: str, body: bytes,
    headers: Mapping[str, str],
) -> bool:  # fmt: skip
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()  # the next notice opens it again
        log.warning("webhook_unreachable url=%s error=%s", url, error)
        return False
    if not 200 <= answer.status < 300:
        log.warning("webhook_not_taken url=%s status=%d", url, answer.status)
    return 200 <= answer.status < 300
