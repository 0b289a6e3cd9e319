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


@pytest.mark.timeout(360)
def test_the_served_timeline_speaks_the_protocol(tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    shutil.copytree(ROOT / "tests" / "conformance", suite, ignore=shutil.ignore_patterns("__*"))
    (suite / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    with live_shop(tmp_path, entries=600) as shop:
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
