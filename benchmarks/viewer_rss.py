"""Memory of one more idle viewer: the slope of the server's own pages from 2,000 to 10,000 of them.

Each viewer has a token and a name of its own. What the kernel keeps for a socket is in no process.
Beside ours, with the same viewers: npm `ws` and Python's `websockets`, without compression.
"""

import time
from collections.abc import Iterator

from benchmarks import rig, texts
from benchmarks.contest import Runner
from benchmarks.edge_process import guest_tokens, ours
from benchmarks.figures import CannotMeasure, Figure

FROM, TO = 2_000, 10_000
SETTLE_S = 3.0
FIGURES = (
    "viewer_rss_kb", "viewer_rss_kb_ws", "viewer_rss_kb_websockets",
)  # fmt: skip


def run() -> Iterator[Figure]:
    text = texts.tick_of(texts.FRAME_300_B)
    rig.enough_files()
    yield Figure("viewer_rss_kb", _slope(ours()), "KB", "<= 6")
    yield Figure("viewer_rss_kb_ws", _slope(Runner("ws", rig.node("ws_server.js", text))), "KB")
    module = "benchmarks.baselines.websockets_server"
    websockets = Runner("websockets", rig.python(module, text))
    yield Figure("viewer_rss_kb_websockets", _slope(websockets), "KB")


def _slope(runner: Runner) -> float:
    tokens = guest_tokens(TO) if runner.hello else []
    with rig.Child(runner.command, rig.SERVER_CORE) as server:
        port = int(server.answer()[1])
        with rig.Viewers(port, runner.path, hello=runner.hello, tokens=tokens) as viewers:
            viewers.connect(FROM, 120)
            few = _settled(server)
            viewers.connect(TO - FROM, 120)
            many = _settled(server)
            viewers.expect(0, 1)
            if viewers.report()["open"] < TO:
                raise CannotMeasure(f"{runner.name} lost viewers: {viewers.report()}")
    return (many - few) / (TO - FROM)


def _settled(server: rig.Child) -> int:
    time.sleep(SETTLE_S)
    return server.rss_kb()
