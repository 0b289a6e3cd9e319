"""The links of a process to the database's log, to NATS, and to encoders in TLS."""

import hashlib
import hmac
from pathlib import Path

from django.conf import settings as django_settings

from showfloor.adapters.log_store import SqlLogStore
from showfloor.adapters.nats.link import NatsLink
from showfloor.adapters.postgres.log_store import postgres_log_store
from showfloor.adapters.sqlite.log_store import sqlite_log_store
from showfloor.kernel.settings import SettingError, Settings
from showfloor.media.rtmp.certificate import ServerCertificate
from showfloor.media.rtmp.server import Rtmps
from showfloor.timeline.bus import bus


def log_store(settings: Settings) -> SqlLogStore:
    if settings.database_url:
        return postgres_log_store(settings.database_url)
    return sqlite_log_store(settings.data_dir / "showfloor.sqlite3")


def nats_link(settings: Settings) -> NatsLink | None:
    if not settings.nats_url:
        return None
    # One NATS may serve several installations; a namespace made from the secret separates them.
    secret = django_settings.SECRET_KEY.encode()
    namespace = hmac.new(secret, b"nats-namespace", hashlib.sha256).hexdigest()[:16]
    return NatsLink(bus, settings.nats_url, namespace)


def rtmps(settings: Settings) -> Rtmps | None:
    """Return RTMP in TLS, if there is a certificate; SettingError when it cannot be used."""
    if not settings.rtmps_certificate:
        return None
    try:
        files = Path(settings.rtmps_certificate), Path(settings.rtmps_key)
        return Rtmps(settings.rtmps_port, ServerCertificate(*files))
    except OSError as error:  # ssl.SSLError is one
        raise SettingError(f"SHOWFLOOR_RTMPS_CERTIFICATE cannot be used: {error}") from None
