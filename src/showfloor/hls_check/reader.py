"""Requests of the check, bounded in time and bytes. A request that fails is a response, too."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx

from showfloor.hls_check.rules.responses import Response

# It says a line for each request, with its address, which may hold a viewing pass.
logging.getLogger("httpx").setLevel(logging.WARNING)

REDIRECTS_MAX: Final = 5
FAILED: Final = 0  # the status of a request without a response


class BudgetSpent(Exception):
    """The time or the bytes of the check are used up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one check. `rounds`: reloads of a live playlist; `playlists_max`: media playlists
    that are read of one presentation."""

    total_s: float = 30.0
    request_s: float = 10.0
    bytes_max: int = 128 << 20
    rounds: int = 8
    playlists_max: int = 24


def directed(url: str, **directives: str | int | None) -> str:
    """Return the address with delivery directives, in their order (6.2.5)."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    pairs += [(f"_HLS_{name}", str(value)) for name, value in sorted(directives.items())
              if value is not None]  # fmt: skip
    return urlunsplit(parts._replace(query=urlencode(pairs)))


@dataclass
class Reader:
    """Reads for one check. `transport`: for a server in this process."""

    limits: Limits
    transport: httpx.AsyncBaseTransport | None = None
    requests: int = 0
    bytes_read: int = 0
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=self.limits.request_s, follow_redirects=True, max_redirects=REDIRECTS_MAX,
            trust_env=False, transport=self.transport,
            headers={"User-Agent": "showfloor-hls-check", "Accept-Encoding": "gzip"},
        )  # fmt: skip

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def took_s(self) -> float:
        return time.monotonic() - self._began

    async def get(self, url: str) -> Response:
        """Return the response; its status is `FAILED` when there is none. See BudgetSpent."""
        left_s = self.limits.total_s - self.took_s
        if left_s <= 0:
            raise BudgetSpent
        self.requests += 1
        began = time.monotonic()
        try:
            async with asyncio.timeout(min(left_s, self.limits.request_s)):
                async with self._client.stream("GET", url) as answer:
                    body = await self._body(answer)
        except TimeoutError:
            if self.took_s >= self.limits.total_s:
                raise BudgetSpent from None
            return Response(url, FAILED, {"reason": "no response in time"})
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            return Response(url, FAILED, {"reason": f"{type(failure).__name__}: {failure}"})
        headers = {name.lower(): value for name, value in answer.headers.items()}
        took_s = time.monotonic() - began
        return Response(str(answer.url), answer.status_code, headers, body, took_s)

    async def _body(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            self.bytes_read += len(chunk)
            if self.bytes_read > self.limits.bytes_max:
                raise BudgetSpent
        return bytes(body)
