"""How every connection to PostgreSQL is made, so that none waits for one that has gone silent.

Of a machine that vanishes, TCP alone would be waited for from a quarter of an hour (something was
sent) up to two hours (an answer is awaited); of a process that is stopped in the middle of a
transaction, the server would keep the row locks for ever, and a show would stand still for all.
"""

from collections.abc import Mapping
from typing import Any, Final

_CLIENT: Final = {
    "connect_timeout": 5,
    # Asked after 5 s of silence, then every 2 s: 11 s until an answer is not waited for any more.
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms; of what was sent and not acknowledged
}
_SERVER: Final = {
    # ms. Nothing that takes long happens inside a transaction, so who idles there is gone.
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
