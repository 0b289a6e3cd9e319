"""The STUN and TURN servers that publishers are told, as RFC 9725, 4.4, writes them."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from showfloor.kernel.clock import Clock, utc_now

TURN_PASS_S: Final = 24 * 3600  # a show ends within it


@dataclass(frozen=True, slots=True)
class IceServers:
    """`urls`: `stun:host:port`, `turn:host:port?transport=udp`. `turn_secret` is shared with the
    TURN server, which lets each publisher in for a time (draft-uberti-behave-turn-rest-00)."""

    urls: Sequence[str] = ()
    turn_secret: str = field(default="", repr=False)
    clock: Clock = utc_now

    def links(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the `Link` headers of an answer."""
        return tuple((b"link", self._link(url).encode()) for url in self.urls)

    def for_browser(self) -> list[dict[str, str]]:
        """Return the servers as `RTCPeerConnection` takes them."""
        return [{"urls": url, **self._pass(url)} for url in self.urls]

    def _link(self, url: str) -> str:
        parts = [f"<{url}>", 'rel="ice-server"']
        if credentials := self._pass(url):
            parts += [f'{name}="{value}"' for name, value in credentials.items()]
            parts.append('credential-type="password"')
        return "; ".join(parts)

    def _pass(self, url: str) -> dict[str, str]:
        if not self.turn_secret or not url.startswith(("turn:", "turns:")):
            return {}
        username = str(int(self.clock().timestamp()) + TURN_PASS_S)
        digest = hmac.digest(self.turn_secret.encode(), username.encode(), hashlib.sha1)
        return {"username": username, "credential": base64.b64encode(digest).decode()}
