"""CPU of one idle viewer that pings every 20 s as our page does.

There are 10,000 of them, their pings evenly spread; the CPU that the server uses without viewers
is subtracted. The baseline is Python's `websockets` with the keep-alive that it has by default.
"""

import time
from collections.abc import Iterator

from benchmarks import rig, texts
from benchmarks.contest import Runner
from benchmarks.edge_process import guest_tokens, ours
from benchmarks.figures import CannotMeasure, Figure

VIEWERS = 10_000
PING_EVERY_S = 20.0
PARTS = 200  # of the viewers, whose pings come together
EMPTY_S = 8.0
SETTLE_S = 6.0  # the last change of the viewer count is told within 5 s
FIGURES = (
    "idle_cpu_us_per_s", "idle_cpu_us_per_s_websockets",
)  # fmt: skip


def run() -> Iterator[Figure]:
    rig.enough_files()
    yield Figure("idle_cpu_us_per_s", _idle(ours()), "us/s", "<= 5")
    text = texts.tick_of(texts.FRAME_300_B)
    module = "benchmarks.baselines.websockets_server"
    kept_alive = Runner("websockets", rig.python(module, text, "keep-alive"))
    yield Figure("idle_cpu_us_per_s_websockets", _idle(kept_alive), "us/s")


def _idle(runner: Runner) -> float:
    tokens = guest_tokens(VIEWERS) if runner.hello else []
    with rig.Child(runner.command, rig.SERVER_CORE) as server:
        port = int(server.answer()[1])
        with rig.Viewers(port, runner.path, hello=runner.hello, tokens=tokens) as viewers:
            alone = _rate(server, None, EMPTY_S)
            viewers.connect(VIEWERS, 120)
            time.sleep(SETTLE_S)
            watched = _rate(server, viewers if runner.hello else None, PING_EVERY_S)
            if viewers.report()["open"] < VIEWERS:
                raise CannotMeasure(f"{runner.name} lost viewers: {viewers.report()}")
    return 1e6 * (watched - alone) / VIEWERS


def _rate(server: rig.Child, pinging: rig.Viewers | None, seconds: float) -> float:
    """Return CPU-seconds per second; `pinging` viewers ping once each in that time."""
    cpu, began = server.cpu_s(), time.monotonic()
    for part in range(PARTS):
        if pinging is not None:
            pinging.ask(f"ping {part} {PARTS}")
        time.sleep(max(0.0, began + (part + 1) * seconds / PARTS - time.monotonic()))
    return (server.cpu_s() - cpu) / (time.monotonic() - began)
