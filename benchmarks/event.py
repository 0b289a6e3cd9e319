"""A whole event: 5,000 viewers come in over two and a half minutes, and some of them write.

The scenario is that of the best open event platform's own load test, which it never finished:
33 viewers a second, of whom one in a hundred writes every 15 s for as long as it is there. Join is
from the page's address to the socket's welcome; chat from sending to the message's arrival at
somebody else. The first viewer to come is the one who looks; everybody gets everything.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import uvloop

from benchmarks import rig
from benchmarks.figures import CannotMeasure, Figure, percentile
from benchmarks.guest import Guest, Heard, JoinFailed, Visit, join
from benchmarks.served_show import ServedShow, served_show

VIEWERS, PER_S = 5_000, 33
WRITER_EVERY = 100  # one viewer in so many writes
WRITE_EVERY_S = 15.0
PING_EVERY_S = 20.0  # as our page does
STAY_S = 16.0  # after the last has come
ARRIVES_WITHIN_S = 10.0
FIGURES = (
    "event_join_p95_ms", "event_join_p50_ms", "event_chat_p95_ms", "event_chat_p50_ms",
    "event_errors", "event_viewers", "event_messages", "event_frames", "event_cpu_share",
)  # fmt: skip


@dataclass
class Event:
    """The event so far. Times are monotonic seconds."""

    heard: Heard = field(default_factory=Heard)
    joins_s: list[float] = field(default_factory=list)
    chats_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    under_way: dict[str, "asyncio.Future[float]"] = field(default_factory=dict)
    guests: list[Guest] = field(default_factory=list)

    def look(self, frame: dict[str, Any]) -> None:
        """Take a frame that the observing viewer was sent."""
        for entry in frame.get("entries", ()):
            arrival = self.under_way.get(entry["body"].get("text", ""))
            if arrival is not None and not arrival.done():
                arrival.set_result(time.monotonic())


def run() -> Iterator[Figure]:
    with served_show() as served, rig.on_core(rig.VIEWER_CORE):
        yield from uvloop.run(measure(served, VIEWERS))


async def measure(served: ServedShow, viewers: int) -> list[Figure]:
    event = Event()
    cpu, began = rig.cpu_s(served.pid), time.monotonic()
    comers = []
    for number in range(viewers):
        comers.append(asyncio.create_task(_attend(event, served, number, _end(began, viewers))))
        await asyncio.sleep(max(0.0, began + (number + 1) / PER_S - time.monotonic()))
    await asyncio.gather(*comers)
    seconds = time.monotonic() - began
    used = rig.cpu_s(served.pid) - cpu
    errors = event.errors + event.heard.closes
    for error in sorted(set(errors)):
        print(f"#   {errors.count(error)} times: {error}")
    if not event.joins_s or not event.chats_s:
        raise CannotMeasure("nobody joined, or nothing was said")
    return [
        Figure("event_join_p95_ms", 1000 * percentile(event.joins_s, 0.95), "ms", "<= 500"),
        Figure("event_join_p50_ms", 1000 * percentile(event.joins_s, 0.5), "ms"),
        Figure("event_chat_p95_ms", 1000 * percentile(event.chats_s, 0.95), "ms", "<= 300"),
        Figure("event_chat_p50_ms", 1000 * percentile(event.chats_s, 0.5), "ms"),
        Figure("event_errors", len(errors), "errors", "0"),
        Figure("event_viewers", len(event.joins_s), "viewers"),
        Figure("event_messages", len(event.chats_s), "messages"),
        Figure("event_frames", event.heard.frames, "frames"),
        Figure("event_cpu_share", used / seconds, "cores"),
    ]


def _end(began: float, viewers: int) -> float:
    return began + viewers / PER_S + STAY_S


async def _attend(event: Event, served: ServedShow, number: int, until: float) -> None:
    """Run one viewer: join, ping, write if it is one of the writers, and leave at the end."""
    visit = Visit(served.server.port, served.slug, number)
    began = time.monotonic()
    try:
        guest = await join(visit, event.heard, event.look if number == 0 else None)
    except (JoinFailed, OSError, TimeoutError) as error:
        event.errors.append(f"join: {str(error) or type(error).__name__}")
        return
    event.joins_s.append(time.monotonic() - began)
    writing = None
    if number % WRITER_EVERY == 1:
        writing = asyncio.create_task(_write(event, guest, until - ARRIVES_WITHIN_S))
    while (left := until - time.monotonic()) > PING_EVERY_S:
        await asyncio.sleep(PING_EVERY_S)
        guest.send({"type": "ping"})
    await asyncio.sleep(max(0.0, left))
    if writing is not None:
        await writing
    guest.leave()


async def _write(event: Event, guest: Guest, until: float) -> None:
    """Write a message every 15 s, as long as there is time for it to arrive."""
    try:
        await guest.take_name(f"Viewer {guest.visit.number}")
    except (JoinFailed, OSError) as error:
        event.errors.append(f"name: {str(error) or type(error).__name__}")
        return
    turn = 0
    while time.monotonic() < until:
        text = f"Message {turn} of viewer {guest.visit.number}"
        sent = time.monotonic()
        arrival = asyncio.get_running_loop().create_future()
        event.under_way[text] = arrival
        try:
            answer = await guest.command("message", {"text": text})
            if answer["type"] == "problem":
                event.errors.append(f"chat: {answer.get('code')} {answer.get('detail')}")
            else:
                async with asyncio.timeout(ARRIVES_WITHIN_S):
                    event.chats_s.append(await arrival - sent)
        except (JoinFailed, TimeoutError) as error:
            event.errors.append(f"chat: {str(error) or type(error).__name__}")
        turn += 1
        await asyncio.sleep(max(0.0, sent + WRITE_EVERY_S - time.monotonic()))
