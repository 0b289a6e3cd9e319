"""500 low-latency viewers of two rungs behind a real Varnish with the configuration that we ship:
the requests that reach the origin for each address.

The baseline of the same run: the viewers' own requests for each address, which all would come to
the origin without a cache.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from benchmarks import rig
from benchmarks.encoded_show import encoded_show
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.hls_clients import Connection, Seen, play
from tests.support.varnish import find_varnish, varnish_in_front_of

VIEWERS, LASTS_S = 500, 10.0
SIZE, RUNGS = "640x360", ("360p", "240p")
FIGURES = ("edge_hit", "edge_hit_uncached", "edge_hit_failed")


def run() -> Iterator[Figure]:
    if find_varnish() is None:
        raise CannotMeasure("Varnish is missing: install it (Debian: `apt install varnish`)")
    rig.enough_files()
    with (
        encoded_show(SIZE, "360:500,240:200") as (shop, _encoder),
        varnish_in_front_of(shop.server.port) as cache,
    ):
        before = cache.counted("MAIN.backend_req")
        seen = asyncio.run(_watch(int(cache.url.rpartition(":")[2]), f"/hls/{shop.slug}"))
        at_origin = cache.counted("MAIN.backend_req") - before
    addresses = len(seen.addresses)
    yield Figure("edge_hit", at_origin / addresses, "requests", "<= 1.05")
    yield Figure("edge_hit_uncached", seen.requests / addresses, "requests")
    yield Figure("edge_hit_failed", seen.failed / seen.requests, "share", "0")


async def _watch(port: int, folder: str) -> Seen:
    seen = Seen()
    connections = [Connection("127.0.0.1", port) for _ in range(VIEWERS)]
    await asyncio.gather(*(one.open() for one in connections))
    await asyncio.gather(*(
        _play(one, folder, RUNGS[n % len(RUNGS)], seen) for n, one in enumerate(connections)
    ))  # fmt: skip
    for one in connections:
        one.close()
    return seen


async def _play(connection: Connection, folder: str, rung: str, seen: Seen) -> None:
    with suppress(TimeoutError):
        await play(connection, folder, rung, LASTS_S, seen)
