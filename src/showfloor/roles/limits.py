"""The limits of connections, derived from the limit of open files."""

import resource
from typing import Final

from showfloor.edge.http.intake import IntakeLimits
from showfloor.kernel.settings import Settings

CONNECTIONS_MAX: Final = 20_000
RTMP_CONNECTIONS_MAX: Final = 256
_OTHERS_MAX: Final = 2_000  # databases, recordings, encoders' pipes, publishers
_RESERVE: Final = 16  # of those, for who asks about health while all connections are in use


def connections_max() -> int:
    """Raise the limit of open files as far as is useful and allowed (1,024 is common, and too few
    for viewers). Return the number of connections that it allows; the database's files always have
    room beside them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_MAX + _OTHERS_MAX
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS_MAX
    return min(CONNECTIONS_MAX, soft - min(_OTHERS_MAX, soft // 4))


def rtmp_connections_max() -> int:
    """Return the limit of RTMP connections: at most half of the files that are not for viewers."""
    connections_max()  # raises the limit
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return RTMP_CONNECTIONS_MAX
    return min(RTMP_CONNECTIONS_MAX, min(_OTHERS_MAX, soft // 4) // 2)


def followers_max() -> int:
    """Return the limit of WebSockets; the other connections are for buying."""
    return connections_max() * 3 // 4


def per_network_max(settings: Settings) -> int:
    """Return one network's limit of connections, and of requests under way."""
    return settings.connections_per_network or connections_max() // 4


def intake_limits(settings: Settings) -> IntakeLimits:
    # A trusted proxy brings all people: only a request's head tells for whom it speaks.
    by_network = 0 if settings.trusted_proxies else per_network_max(settings)
    most = connections_max()
    return IntakeLimits(most, by_network, _RESERVE, backlog=min(1024, max(64, most // 8)))
