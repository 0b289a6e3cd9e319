"""CPU of the server for one more viewer: the page with token and snapshot, then socket and hello.

Every joiner is a guest without a cookie, on connections of their own, as a first visit is. What the
server uses without joiners, over as long, is subtracted. Two parts are measured on the same server:
the socket alone, from upgrade to welcome with a token, and a page that does not exist.
"""

import asyncio
import time
from collections.abc import Iterator

import uvloop

from benchmarks import rig
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.guest import Guest, Heard, JoinFailed, Visit, join, page
from benchmarks.served_show import ServedShow, served_show

WARM, JOINERS, AT_ONCE = 60, 600, 8
IDLE_S = 5.0
TALK = 40  # messages that the snapshot carries
FIGURES = (
    "join_cpu_ms", "join_lost", "missing_page_cpu_ms", "join_socket_cpu_ms",
)  # fmt: skip


def run() -> Iterator[Figure]:
    with served_show(guests=JOINERS) as served, rig.on_core(rig.VIEWER_CORE):
        talk(served)
        yield from uvloop.run(_measure(served))
        yield Figure("join_socket_cpu_ms", _sockets(served), "ms")


def _sockets(served: ServedShow) -> float:
    """Return milliseconds of CPU from the upgrade to the welcome."""
    head = served.head()["seq"]
    with rig.Viewers(served.server.port, served.path, hello=True, tokens=served.tokens) as viewers:
        viewers.ask(f"after {head}")
        cpu = rig.cpu_s(served.pid)
        viewers.connect(JOINERS)
        return 1000 * (rig.cpu_s(served.pid) - cpu) / JOINERS


def talk(served: ServedShow) -> None:
    """Fill the snapshot, each guest with one message."""
    for number, token in enumerate(served.tokens[:TALK]):
        told = served.command(token, "message", {"text": f"Hello from guest {number} :)"})
        assert told.get("seq"), f"a message was not taken: {told}"


async def _measure(served: ServedShow) -> list[Figure]:
    visits = [Visit(served.server.port, served.slug, number) for number in range(WARM + JOINERS)]
    await _all(visits[:WARM])
    idle = await _idle(served.pid)
    cpu, began = rig.cpu_s(served.pid), time.monotonic()
    heard = await _all(visits[WARM:])
    seconds = time.monotonic() - began
    used = rig.cpu_s(served.pid) - cpu - idle * seconds
    cpu, began = rig.cpu_s(served.pid), time.monotonic()
    for number in range(WARM, WARM + 200):
        await _refused(Visit(served.server.port, "not-a-show", number))
    seconds = time.monotonic() - began
    bare = rig.cpu_s(served.pid) - cpu - idle * seconds
    return [
        Figure("join_cpu_ms", 1000 * used / JOINERS, "ms", "<= 1.5"),
        Figure("join_lost", len(heard.closes), "viewers", "0"),
        Figure("missing_page_cpu_ms", 1000 * bare / 200, "ms"),
    ]


async def _idle(pid: int) -> float:
    """Return CPU-seconds per second while nobody joins."""
    before, began = rig.cpu_s(pid), time.monotonic()
    await asyncio.sleep(IDLE_S)
    return (rig.cpu_s(pid) - before) / (time.monotonic() - began)


async def _all(visits: list[Visit]) -> Heard:
    """Let all guests join, a few at a time; they stay until the last is in."""
    heard, gate = Heard(), asyncio.Semaphore(AT_ONCE)

    async def one(visit: Visit) -> None:
        async with gate:
            guests.append(await join(visit, heard))

    guests: list[Guest] = []
    try:
        await asyncio.gather(*map(one, visits))
    finally:
        for guest in guests:
            guest.leave()
    return heard


async def _refused(visit: Visit) -> None:
    try:
        await page(visit)
    except JoinFailed:
        return
    raise CannotMeasure("there is a page where there should be none")
