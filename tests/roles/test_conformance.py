"""One `showfloor serve` as others meet it: the black-box suite, run as anyone else would run it,
from a folder of its own with nothing of ours to import; and the cast of a rehearsal, a process of
its own."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.repo.sources import ROOT
from tests.support.shop import LiveShop, live_shop
from tests.support.waiting import wait_until

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

BOOKS = """
from showfloor.checkout.models import Cart, Checkout, Order
from showfloor.outbox.models import OutgoingMessage
from showfloor.stock.models import Hold
print([one.objects.all_brands().count() for one in (Cart, Checkout, Order, Hold, OutgoingMessage)])
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveShop]:
    with live_shop(tmp_path_factory.mktemp("shop"), entries=600, prelude=SOON) as shop:
        yield shop


@pytest.mark.timeout(360)
def test_the_served_timeline_speaks_the_protocol(shop: LiveShop, tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    shutil.copytree(ROOT / "tests" / "conformance", suite, ignore=shutil.ignore_patterns("__*"))
    (suite / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
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


def test_cast_comes_talks_and_goes_home_when_the_host_ends_it(shop: LiveShop) -> None:
    def wrote() -> int:
        """Look at what the cast told last: the table costs the server nothing."""
        with closing(sqlite3.connect(shop.server.data_dir / "showfloor.sqlite3")) as database:
            [[told]] = database.execute("SELECT figures FROM rehearsals_rehearsal")
        return int(json.loads(told).get("done", {}).get("say", 0))

    def report() -> dict[str, Any]:
        found: dict[str, Any] = shop.api("GET", "rehearsal", slug=shop.hidden).json()
        return found

    books = shop.server.python(BOOKS)
    begun = shop.api("POST", "rehearsals", {"viewers": 120, "minutes": 5}, slug=shop.hidden).json()
    assert begun["of"] == shop.hidden
    wait_until(wrote, 40, "the cast to talk")
    said = report()
    assert (said["state"], said["present"] > 0) == ("running", True)
    assert any(one.startswith("They wrote ") for one in said["report"])
    assert shop.server.get_or_empty(f"/shows/{begun['slug']}") == ""
    shop.api("POST", "rehearsal/stop", slug=begun["slug"])
    wait_until(lambda: report()["state"] == "over", 20, "the cast to leave")
    assert shop.server.python(BOOKS) == books
