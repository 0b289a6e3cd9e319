"""2,000 clients that wait for each tick by GET, behind a real Varnish and without one.

Behind the cache one request waits at the origin for all of them; without it each of them does. The
clock of a tick starts at its entry's own `at`, as in `tick_to_last`, and stops when the last client
has the answer. Without the cache it goes slower, so that the origin can answer everyone in between.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import rig
from benchmarks.figures import CannotMeasure, Figure, percentile
from benchmarks.polling_clients import ARRIVAL
from benchmarks.served_show import ServedShow, served_show
from tests.support.varnish import Varnish, find_varnish, varnish_in_front_of

CLIENTS, WRITERS, CACHES = 2_000, 150, 1
ARRIVES_WITHIN_S = 30.0
_NUMBERS = count()  # of messages: nobody says the same twice
FIGURES = (
    "cdn_requests_per_tick", "cdn_uncached_requests_per_tick", "cdn_tick_to_last_p99_ms",
    "cdn_tick_to_last_p50_ms", "cdn_uncached_tick_to_last_p99_ms", "cdn_origin_cpu_per_tick_ms",
    "cdn_uncached_origin_cpu_per_tick_ms",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pace:
    """The number of messages, and their rate."""

    messages: int
    per_s: float


CACHED, UNCACHED = Pace(100, 2.0), Pace(15, 0.5)


@dataclass(frozen=True, slots=True)
class Measured:
    """`last_ms`: the time from each entry to the last client that had it."""

    per_tick: float
    last_ms: list[float]
    origin_cpu_ms_per_tick: float


def run() -> Iterator[Figure]:
    if find_varnish() is None:
        raise CannotMeasure("Varnish is missing: install it (Debian: `apt install varnish`)")
    with served_show(guests=WRITERS) as served, varnish_in_front_of(served.server.port) as cache:
        behind = _measure(served, CACHED, cache)
        without = _measure(served, UNCACHED, None)
    target = f"<= {CACHES + 1}"
    yield Figure("cdn_requests_per_tick", behind.per_tick, "requests", target)
    yield Figure("cdn_uncached_requests_per_tick", without.per_tick, "requests")
    yield Figure("cdn_tick_to_last_p99_ms", percentile(behind.last_ms, 0.99), "ms")
    yield Figure("cdn_tick_to_last_p50_ms", percentile(behind.last_ms, 0.5), "ms")
    yield Figure("cdn_uncached_tick_to_last_p99_ms", percentile(without.last_ms, 0.99), "ms")
    yield Figure("cdn_origin_cpu_per_tick_ms", behind.origin_cpu_ms_per_tick, "ms")
    yield Figure("cdn_uncached_origin_cpu_per_tick_ms", without.origin_cpu_ms_per_tick, "ms")


def _measure(served: ServedShow, pace: Pace, cache: Varnish | None) -> Measured:
    port = int(cache.url.rpartition(":")[2]) if cache is not None else served.server.port
    command = rig.python("benchmarks.polling_clients", str(port), served.path)
    with rig.Child(command, rig.VIEWER_CORE) as clients:
        clients.answer()
        before = served.head()
        clients.ask(f"begin {CLIENTS} {before['tick'] + 1}", 60)
        # All wait: the first tick is everyone's, and from it on is counted.
        _all_have(clients, _write(served, Pace(1, 1.0)))
        began, cpu = served.head(), rig.cpu_s(served.pid)
        asked = _asked(clients, cache)
        last = _write(served, pace)
        _all_have(clients, last)
        ticks = served.head()["tick"] - began["tick"]
        spent_s = rig.cpu_s(served.pid) - cpu
        per_tick = (_asked(clients, cache) - asked) / ticks
        told = _report(clients)
        if told["gaps"] or told["refused"] or told["lost"]:
            raise CannotMeasure(f"not everyone was answered each time: {told}")
        taken = _taken_ms(served, began["seq"], last, clients)
    return Measured(per_tick, taken, spent_s * 1000 / ticks)


def _write(served: ServedShow, pace: Pace) -> int:
    """Write the messages; return the seq of the last entry."""
    seq, due = 0, time.monotonic()
    for number in islice(_NUMBERS, pace.messages):
        due += 1 / pace.per_s
        time.sleep(max(0.0, due - time.monotonic()))
        token = served.tokens[number % len(served.tokens)]
        told = served.command(token, "message", {"text": f"Message {number}: is it in stock?"})
        if not told.get("seq"):
            raise CannotMeasure(f"a message was not taken: {told}")
        seq = int(told["seq"])
    return seq


def _asked(clients: rig.Child, cache: Varnish | None) -> int:
    """Return how many requests have reached the origin so far."""
    if cache is not None:
        return cache.counted("MAIN.backend_req")
    return _report(clients)["asked"]


def _report(clients: rig.Child) -> dict[str, int]:
    words = clients.ask("report")[1:]
    return {name: int(value) for name, value in zip(words[::2], words[1::2], strict=True)}


def _all_have(clients: rig.Child, seq: int) -> None:
    within_ms = int(ARRIVES_WITHIN_S * 1000)
    missing = int(clients.ask(f"behind {seq} {within_ms}", ARRIVES_WITHIN_S + 10)[1])
    if missing:
        raise CannotMeasure(f"{missing} clients lack entry {seq}: {_report(clients)}")


def _taken_ms(served: ServedShow, after: int, last: int, clients: rig.Child) -> list[float]:
    """Return how long each entry took to the client that got it last."""
    wall_ms = time.time() * 1000 - time.monotonic_ns() / 1e6
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records"
        clients.ask(f"records {path}")
        arrivals = list(ARRIVAL.iter_unpack(path.read_bytes()))
    latest: dict[int, tuple[int, int]] = {}  # by entry: how many have it, when the last one got it
    for _client, first, upto, at in arrivals:
        for seq in range(max(first, after + 1), upto + 1):
            have, when = latest.get(seq, (0, 0))
            latest[seq] = (have + 1, max(when, at))
    written = _written_ms(served, after, last)
    for seq in written:
        if latest.get(seq, (0, 0))[0] != CLIENTS:
            raise CannotMeasure(f"entry {seq} reached {latest.get(seq)} of {CLIENTS}")
    return [latest[seq][1] / 1e6 + wall_ms - at for seq, at in written.items()]


def _written_ms(served: ServedShow, after: int, last: int) -> dict[int, float]:
    """Return each entry's `at` in Unix milliseconds."""
    epoch = served.head()["epoch"]
    written: dict[int, float] = {}
    for number in range(after // 500, (last - 1) // 500 + 1):
        page = served.server.get_json(f"{served.path}/ranges/{epoch}/{number}")
        for entry in page["entries"]:
            if after < entry["seq"] <= last:
                at = datetime.fromisoformat(entry["at"])
                written[entry["seq"]] = at.timestamp() * 1000
    return written
