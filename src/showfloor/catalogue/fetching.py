"""Fetching a picture from an address that a file named, or a file from the address of a feed.

The author of a product file could otherwise make the server call its own network. So: the host
is resolved once, every address it has must be a public one, the connection goes to exactly that
address, and each redirect is treated as a new address. Size, time and hops are bounded.
"""

import http
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Final, override
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from showfloor.kernel import public_addresses
from showfloor.kernel.public_addresses import Address, is_public

_SOCKET_TIMEOUT_S = 5.0
_HOPS_MAX = 3
_CHUNK = 64 * 1024
_MARK_CHARS_MAX = 100  # of an ETag or a date
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}


class NotFetched(Exception):
    """There is no picture or file. Its text is the reason for the log; `words` says it in the
    language of now. `reason` is marked for translation where it is raised, and `named` fills it."""

    def __init__(self, reason: str, **named: object) -> None:
        super().__init__(reason % named if named else reason)
        self._reason, self._named = reason, named

    def words(self) -> str:
        translated = gettext(self._reason)
        return translated % self._named if self._named else translated


@dataclass(frozen=True, slots=True)
class Asked:
    """Headers of a request. Another host, to which an answer leads, gets no `authorization`."""

    accept: str = "image/*"
    authorization: str = ""
    etag: str = ""
    last_modified: str = ""

    def headers(self, *, same_host: bool) -> dict[str, str]:
        said = {
            "Accept": self.accept,
            "Authorization": self.authorization if same_host else "",
            "If-None-Match": self.etag,
            "If-Modified-Since": self.last_modified,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer whose body has gone to `write`, or `is_unchanged`: there is none."""

    etag: str = ""
    last_modified: str = ""
    is_unchanged: bool = False


_PICTURE: Final = Asked()
_TOO_LONG: Final = _("took too long")


def resolve(host: str, port: int) -> list[Address]:
    """Return all addresses of a host; raise NotFetched if it has none."""
    found = public_addresses.resolve(host, port)
    if not found:
        raise NotFetched(_("%(host)s has no address"), host=host)
    return found


@dataclass(frozen=True, slots=True)
class Fetcher:
    """`allows` and `any_port` are narrower in production than in tests, which fetch from loopback;
    `bytes_max` and `deadline_s` bound one body, redirects included."""

    resolve: Callable[[str, int], list[Address]] = resolve
    allows: Callable[[Address], bool] = is_public
    any_port: bool = False
    schemes: frozenset[str] = frozenset(_PORTS)
    bytes_max: int = 10 * 1024 * 1024
    deadline_s: float = 15.0

    def fetch(self, url: str) -> bytes:
        """Return the picture behind an http(s) address; NotFetched."""
        body = BytesIO()
        self.download(url, body.write)
        return body.getvalue()

    def download(
        self, url: str, write: Callable[[bytes], object], asked: Asked = _PICTURE
    ) -> Fetched:
        """Hand the body behind an address to `write`, in pieces; NotFetched."""
        deadline = time.monotonic() + self.deadline_s
        first = _origin(url)
        for _hop in range(_HOPS_MAX + 1):
            connection, path = self._open(url)
            # A server that sends a byte now and then never runs into the socket's own timeout.
            watch = threading.Timer(max(deadline - time.monotonic(), 0), connection.cut)
            watch.daemon = True
            watch.start()
            response: http.client.HTTPResponse | None = None
            try:
                headers = asked.headers(same_host=_origin(url) == first)
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
                if response.status in _REDIRECTS:
                    url = urljoin(url, response.getheader("Location") or "")
                    continue
                return self._take(response, write, deadline)
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() >= deadline:
                    raise NotFetched(_TOO_LONG) from None
                told = f"{type(error).__name__}: {error}"
                raise NotFetched(_("the connection failed (%(error)s)"), error=told) from None
            finally:
                watch.cancel()
                if response is not None:
                    response.close()
                connection.close()
        raise NotFetched(_("too many redirects"))

    def _take(
        self, response: http.client.HTTPResponse, write: Callable[[bytes], object], deadline: float
    ) -> Fetched:
        if response.status == http.HTTPStatus.NOT_MODIFIED:
            return Fetched(is_unchanged=True)
        if response.status != http.HTTPStatus.OK:
            raise NotFetched(_("the server answered %(status)d"), status=response.status)
        _read(response, write, deadline, self.bytes_max)
        return Fetched(
            (response.getheader("ETag") or "")[:_MARK_CHARS_MAX],
            (response.getheader("Last-Modified") or "")[:_MARK_CHARS_MAX],
        )

    def _open(self, url: str) -> tuple["_Pinned", str]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
            if parts.scheme not in self.schemes:
                raise NotFetched(_("%(scheme)s is not safe enough here"), scheme=parts.scheme)
        except (KeyError, ValueError):
            raise NotFetched(_("not an http(s) address")) from None
        if not host or parts.username is not None:
            raise NotFetched(_("not an address that can be fetched"))
        if not self.any_port and port != _PORTS[parts.scheme]:
            raise NotFetched(_("port %(port)d is not a web server's"), port=port)
        addresses = self.resolve(host, port)
        # One that is not public is enough: a name with both kinds is there to slip through.
        if not addresses or not all(self.allows(address) for address in addresses):
            raise NotFetched(_("%(host)s is not on the open internet"), host=host)
        made = _Pinned if parts.scheme == "http" else _PinnedTls
        query = f"?{parts.query}" if parts.query else ""
        path = (parts.path or "/") + query
        if not (path.isascii() and path.isprintable() and " " not in path):
            raise NotFetched(_("not an address that can be fetched"))
        return made(host, port, str(addresses[0])), path


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked, whatever the name says by now."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=_SOCKET_TIMEOUT_S)
        self._address = address
        # http.client gives its own up as soon as an answer begins that ends with the connection.
        self._socket: socket.socket | None = None

    def cut(self) -> None:
        """End whatever waits for the other side."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    @override
    def close(self) -> None:
        super().close()
        if self._socket is not None:
            self._socket.close()

    @override
    def connect(self) -> None:
        self._socket = socket.create_connection((self._address, self.port), _SOCKET_TIMEOUT_S)
        self.sock = self._socket


class _PinnedTls(_Pinned):
    @override
    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = self._socket = context.wrap_socket(self.sock, server_hostname=self.host)


def _read(
    response: http.client.HTTPResponse, write: Callable[[bytes], object], deadline: float,
    bytes_max: int,
) -> None:  # fmt: skip
    size = 0
    while chunk := response.read1(_CHUNK):
        size += len(chunk)
        if size > bytes_max:
            raise NotFetched(_("larger than %(size)d MB"), size=bytes_max // 2**20)
        write(chunk)
    if time.monotonic() >= deadline:  # what came is what came before the cut
        raise NotFetched(_TOO_LONG)
    if response.length:
        raise NotFetched(_("%(count)d bytes are missing at the end"), count=response.length)


def _origin(url: str) -> tuple[str, str]:
    """Return the scheme and the host with its port; a broken address is refused later."""
    scheme, _colon, rest = url.partition("://")
    return scheme, rest.partition("/")[0]
