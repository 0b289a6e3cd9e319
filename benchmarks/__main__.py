"""`python -m benchmarks [name,name]`: print `name value unit`, and keep the results.

A benchmark is a module here with `run() -> Iterable[Figure]` and `FIGURES`, the names of its
figures. `make bench ONLY=` takes names of benchmarks or figures: `ONLY=join,append_per_s_pg`.
"""

import importlib
import json
import os
import platform
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import CannotMeasure, Figure

NAMES = (
    "fanout", "entries", "viewer_rss", "tick_to_last", "append", "resume", "stalled", "cdn",
    "holds", "hot_sku", "auction", "waitlist",
    "deals", "deal_card",
    "peer_oscar", "http_holds", "purchases", "quote",
    "draw_verify", "kills", "import_50k",
    "grown_tables", "idle_cpu", "join", "event", "clip", "publish_to_picture", "glass_to_glass",
    "live_edge", "whip", "failover", "passthrough", "first_picture", "edge_hit", "edge_killed",
    "origin_rps", "studio", "captions", "av_skew", "ladder_overhead", "ingest_cpu",
    "viewers_one_box", "vs_nginx_rtmp",
)  # fmt: skip
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    # Ended from outside, it ends what it has started, as an interrupt does.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(143))
    words = [word for argument in sys.argv[1:] for word in argument.split(",") if word]
    try:
        wanted = chosen(words)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    failed = [name for name in wanted if not _measure(name)]
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def chosen(words: Sequence[str]) -> list[str]:
    """Return the benchmarks that these words name, each once: a word is a benchmark's name or the
    name of one of its figures. No word names all; LookupError for an unknown one."""
    by_figure = {figure: name for name in NAMES for figure in figures_of(name)}
    unknown = [word for word in words if word not in NAMES and word not in by_figure]
    if unknown:
        known = "\n".join(f"  {name}: {', '.join(figures_of(name))}" for name in NAMES)
        raise LookupError(
            f"there is no benchmark or figure {', '.join(unknown)}; these there are:\n{known}"
        )
    return list(dict.fromkeys(by_figure.get(word, word) for word in words or NAMES))


def figures_of(name: str) -> tuple[str, ...]:
    """Return the names of the figures that a benchmark declares."""
    declared: tuple[str, ...] = importlib.import_module(f"benchmarks.{name}").FIGURES
    return declared


def _measure(name: str) -> bool:
    """Print a benchmark's figures and keep them; False, with the reason said, if it has none."""
    print(f"# {name}", flush=True)
    figures: list[Figure] = []
    try:
        for figure in importlib.import_module(f"benchmarks.{name}").run():
            print(figure.line(), flush=True)
            assert figure.name in figures_of(name), f"FIGURES of {name} lacks {figure.name}"
            figures.append(figure)
    except CannotMeasure as reason:
        print(f"showfloor: {name}: {reason}", file=sys.stderr)
        return False
    _keep(name, figures)
    return True


def _keep(name: str, figures: list[Figure]) -> None:
    now = datetime.now(UTC)
    result = {
        "benchmark": name,
        "at": now.isoformat(timespec="seconds"),
        "machine": {
            "cpu": _cpu(), "cores": os.cpu_count(), "system": platform.system(),
            "python": platform.python_version(), "load": os.getloadavg()[0],
        },
        "figures": [figure.as_json() for figure in figures],
    }  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y-%m-%d}-{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", "utf-8")


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
