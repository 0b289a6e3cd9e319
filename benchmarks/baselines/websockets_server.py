"""Python `websockets` on uvloop: `websockets.broadcast` to everyone, without compression or pings.

`python -m benchmarks.baselines.websockets_server TEXT`; see `benchmarks.rig` for what it obeys.
"""

import asyncio
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.orders import orders

connections: set[ServerConnection] = set()


async def take(connection: ServerConnection) -> None:
    connections.add(connection)
    try:
        await connection.wait_closed()
    finally:
        connections.discard(connection)


async def main(text: str) -> None:
    settings = {"compression": None, "ping_interval": None, "backlog": 4096}
    async with serve(take, "127.0.0.1", 0, **settings) as server:  # type: ignore[arg-type]
        print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
        async for _order in orders():
            broadcast(connections, text)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
