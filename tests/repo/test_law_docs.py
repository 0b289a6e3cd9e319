"""The table of laws names tests that exist: a renamed test must not leave an empty promise."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "law.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "| Test |" not in line]


def test_every_clause_has_three_columns() -> None:
    assert [row for row in ROWS if len(row.split(" | ")) != 3] == []
    assert len(ROWS) >= 9


@pytest.mark.parametrize("row", ROWS)
def test_every_clause_names_a_test_that_exists(row: str) -> None:
    names = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row.rsplit(" | ", 1)[-1])
    assert names, "the last column holds `tests/room/test_file.py::test_name`"
    for path, name in names:
        assert re.search(rf"def {name}\b", (ROOT / path).read_text()), f"{path}::{name} is gone"
