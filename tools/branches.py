"""Print how many branches the tests take in the rooms that are counted, and hold the floors.

    python -m tools.branches test-results/coverage.json

The report comes from coverage.py. A wrong branch in these rooms costs money or entries.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

# Percent of branches that tests take on SQLite; branches for PostgreSQL alone are not taken there.
# Raise a floor when the tests have passed it; do not lower one.
FLOORS = {"rules": 90.0, "timeline": 80.0, "stock": 72.0, "checkout": 82.0, "edge": 88.0}


@dataclass(frozen=True, slots=True)
class Count:
    """The lines and branches of one room, and those that the tests reach."""

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    def add(self, summary: Mapping[str, int]) -> "Count":
        return Count(
            self.lines + summary["num_statements"],
            self.lines_run + summary["covered_lines"],
            self.branches + summary["num_branches"],
            self.branches_run + summary["covered_branches"],
        )

    @property
    def lines_percent(self) -> float:
        return 100 * self.lines_run / max(1, self.lines)

    @property
    def branches_percent(self) -> float:
        return 100 * self.branches_run / max(1, self.branches)


def rooms_of(path: PurePosixPath) -> list[str]:
    """Return the counted groups that a source file belongs to."""
    room = path.parts[path.parts.index("showfloor") + 1]
    groups = [room] if room in FLOORS and "migrations" not in path.parts else []
    return [*groups, "rules"] if path.name == "rules.py" else groups


def count(report: Mapping[str, Any]) -> dict[str, Count]:
    """Return the sums of a coverage report, by group."""
    sums = dict.fromkeys(FLOORS, Count())
    for name, file in report["files"].items():
        for group in rooms_of(PurePosixPath(name)):
            sums[group] = sums[group].add(file["summary"])
    return sums


def main(report: Path) -> int:
    """Print the table; return 1 when a group is below its floor."""
    sums = count(json.loads(report.read_text("utf-8")))
    below = []
    print(f"{'':10} {'lines':>8} {'branches':>9} {'floor':>6}")
    for group, total in sums.items():
        floor = FLOORS[group]
        print(
            f"{group:10} {total.lines_percent:7.1f}% {total.branches_percent:8.1f}% {floor:5.0f}%"
        )
        if total.branches_percent < floor:
            below.append(group)
    for group in below:
        print(f"{group}: fewer branches than its floor are tested", file=sys.stderr)
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
