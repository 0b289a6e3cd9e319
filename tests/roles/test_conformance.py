"""The black-box suite against `showfloor serve`, run as anyone else would run it: from a folder of
its own, with nothing of ours to import."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.sources import ROOT
from tests.support.shop import live_shop

WITHIN_S = 240
# An empty tick comes after 2 s, not 20, and a stream looks at the count each second, not each fifth
# one: that they come is the protocol, when is the server's choice.
SOON = """
from showfloor.edge.sse.streams import StreamLimits
from showfloor.edge.ticks.endpoint import TickLimits
for kind, name, seconds in ((TickLimits, "empty_after_s", 2.0), (StreamLimits, "look_s", 1.0)):
    names = list(kind.__dataclass_fields__)
    values = list(kind.__init__.__defaults__)
    values[names.index(name)] = seconds
    kind.__init__.__defaults__ = tuple(values)
"""


@pytest.mark.timeout(360)
def test_the_served_timeline_speaks_the_protocol(tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    shutil.copytree(ROOT / "tests" / "conformance", suite, ignore=shutil.ignore_patterns("__*"))
    (suite / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    with live_shop(tmp_path, entries=600, prelude=SOON) as shop:
        timelines = f"{shop.server.url}/timeline"
        done = subprocess.run(
            [
                sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider",
                "--durations=5", suite,
                f"--timeline-url={timelines}/{shop.slug}", f"--viewer-token={shop.guest}",
                f"--viewer-token={shop.other}", f"--staff-token={shop.staff}",
                f"--hidden-url={timelines}/{shop.hidden}",
            ],
            cwd=suite, env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True, text=True, timeout=WITHIN_S, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2000:]
    skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    assert skipped == [], "our own server offers everything"
