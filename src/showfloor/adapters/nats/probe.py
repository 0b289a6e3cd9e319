"""A probe whether a NATS server answers and accepts us."""

import asyncio

from nats.aio.client import Client
from nats.errors import Error

WITHIN_S = 3


async def reach(server: str) -> str:
    """Return an empty text when it does, otherwise what went wrong, without the address, which may
    hold a password."""
    client = Client()

    async def ignore(_error: Exception) -> None:
        """Ignore the error here: it is raised, too."""

    try:
        async with asyncio.timeout(WITHIN_S):
            await client.connect(
                servers=[server], allow_reconnect=False, connect_timeout=WITHIN_S, error_cb=ignore
            )
            await client.close()
    except TimeoutError:
        return f"no answer within {WITHIN_S} s"
    except (Error, OSError) as error:
        return str(error).strip() or type(error).__name__
    return ""
