"""Python `websockets` on uvloop: `websockets.broadcast` to everyone, without compression or pings.

`python -m benchmarks.baselines.websockets_server TEXT [keep-alive]`; see `benchmarks.rig` for what
it obeys. `keep-alive`: with the pings that it sends unless told otherwise.
"""

import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.orders import obey

connections: set[ServerConnection] = set()


async def take(connection: ServerConnection) -> None:
    connections.add(connection)
    try:
        await connection.wait_closed()
    finally:
        connections.discard(connection)


async def main(text: str, *, keep_alive: bool) -> None:
    ping_s = 20 if keep_alive else None
    async with serve(
        take, "127.0.0.1", 0, compression=None, ping_interval=ping_s, backlog=4096
    ) as server:
        print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
        await obey(lambda: broadcast(connections, text))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], keep_alive="keep-alive" in sys.argv[2:]))
