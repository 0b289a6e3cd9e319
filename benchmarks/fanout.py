"""One tick of 300 bytes to everyone: frames per CPU-second of the sending process.

Beside ours, in the same rounds: a C `send()` loop (the limit), npm `ws`, Python's
`websockets.broadcast` and, with 1,000 viewers, Django Channels.
"""

from collections.abc import Iterator

from benchmarks import rig, texts
from benchmarks.contest import Contestant, Runner, contest, ratio, run_rounds
from benchmarks.edge_process import ours
from benchmarks.figures import Figure

ROUNDS = 5
FEW, MANY = 1_000, 5_000
TARGETS = {"c": {FEW: ">= 0.85", MANY: ">= 0.75"}, "channels": {FEW: ">= 20"}}
FIGURES = (
    *(f"fanout_{name}_{FEW}" for name in ("ours", "c", "ws", "websockets", "channels")),
    *(f"fanout_vs_{name}_{FEW}" for name in ("c", "ws", "websockets")), "fanout_vs_channels",
    *(f"fanout_{name}_{MANY}" for name in ("ours", "c", "ws", "websockets")),
    *(f"fanout_vs_{name}_{MANY}" for name in ("c", "ws", "websockets")),
)  # fmt: skip


def run() -> Iterator[Figure]:
    text = texts.tick_of(texts.FRAME_300_B)
    rivals = [
        c_loop(text),
        Runner("ws", rig.node("ws_server.js", text)),
        Runner("websockets", rig.python("benchmarks.baselines.websockets_server", text)),
    ]
    channels = Runner(
        "channels", rig.python("benchmarks.baselines.channels_server", text), passes=5
    )
    for audience, runners in ((FEW, [*rivals, channels]), (MANY, rivals)):
        with contest([ours(), *runners], audience) as contestants:
            run_rounds(contestants, ROUNDS)
            yield from _figures(contestants, audience)


def c_loop(text: str) -> Runner:
    return Runner("c", [rig.compiled("broadcast"), text])


def _figures(contestants: dict[str, Contestant], audience: int) -> Iterator[Figure]:
    for name, contestant in contestants.items():
        yield Figure(f"fanout_{name}_{audience}", contestant.median, "frames/CPU-s")
    for name, contestant in contestants.items():
        if name != "ours":
            # Django Channels is measured at one size alone, and its figure names none.
            label = f"fanout_vs_{name}" if name == "channels" else f"fanout_vs_{name}_{audience}"
            target = TARGETS.get(name, {}).get(audience, "")
            yield Figure(label, ratio(contestants["ours"], contestant), "times", target)
