"""The parameters of every connection to PostgreSQL, so that no connection waits for a silent peer.

TCP alone waits for a vanished machine for a quarter of an hour (something was sent) up to two hours
(an answer is awaited). For a process that is stopped in the middle of a transaction the server
would keep the row locks for ever, and a show would stand still for everyone.
"""

from collections.abc import Mapping
from typing import Any, Final

_CLIENT: Final = {
    "connect_timeout": 5,
    # Probes after 5 s of silence, then every 2 s: a silent peer is given up after 11 s.
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms; of what was sent and not acknowledged
}
_SERVER: Final = {
    # ms. Nothing slow happens inside a transaction, so a process that idles there is gone.
    "idle_in_transaction_session_timeout": 10_000,
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def connection(given: Mapping[str, Any], **server: int | str) -> dict[str, Any]:
    """libpq's parameters: ours, and `given` by the operator, who knows better. `server`: settings
    of the server for this connection."""
    ours = [f"-c {name}={value}" for name, value in {**_SERVER, **server}.items()]
    options = " ".join([*ours, given.get("options") or ""]).rstrip()
    return {**_CLIENT, **given, "options": options}
