"""The certificate of RTMPS: two files, read again when they have changed.

Certificates are renewed every few weeks, and a restart would cut every encoder. Connections that
are open keep theirs.
"""

import logging
import ssl
from pathlib import Path

log = logging.getLogger(__name__)


class ServerCertificate:
    """A certificate with its chain, and its key, both PEM."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """OSError or ssl.SSLError when the files cannot be used."""
        self._certificate = certificate
        self._key = key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._seen = self._versions()
        self.context.load_cert_chain(certificate, key)

    def renew(self) -> None:
        """Take changed files for the connections that come; keep the old ones while the new cannot
        be used, such as a certificate whose key is not there yet."""
        try:
            seen = self._versions()
            if seen == self._seen:
                return
            # A pair that does not fit must not reach the context that is in use.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._certificate, self._key)
            self.context.load_cert_chain(self._certificate, self._key)
        except (OSError, ssl.SSLError) as error:
            log.warning("rtmps_certificate_unusable file=%s: %s", self._certificate, error)
            return
        self._seen = seen
        log.info("rtmps_certificate_renewed file=%s", self._certificate)

    def _versions(self) -> tuple[tuple[int, int], ...]:
        stats = [path.stat() for path in (self._certificate, self._key)]
        return tuple((stat.st_mtime_ns, stat.st_ino) for stat in stats)
