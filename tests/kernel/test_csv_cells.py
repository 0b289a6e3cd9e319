"""CSV cells: nothing that people wrote is calculated, and nothing is lost."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.kernel.csv_cells import as_written, csv_text, neutralised

FORMULAS = [
    "=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1",
    "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "  =1", "'=1", " '=1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_formula_gets_a_quote(text: str) -> None:
    assert neutralised(text) == f"'{text}"
    assert as_written(f"'{text}") == text


@pytest.mark.parametrize("text", ["", "Ana", "1+1", "'tis", "it's =1", "é=", "'"])
def test_other_text_stays(text: str) -> None:
    assert (neutralised(text), as_written(text)) == (text, text)


def test_text_is_quoted_and_numbers_are_not() -> None:
    rows: list[list[object]] = [
        ["name", "n"],
        ['say "hi", =1', -2],
        [None, 1.5],
        ["-5", Decimal("-1.20")],
    ]
    assert csv_text(rows) == ('"name","n"\r\n"say ""hi"", =1",-2\r\n"",1.5\r\n"\'-5","\'-1.20"\r\n')


@given(st.text())
def test_text_is_read_as_it_was_written(text: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_text([[text]]), newline=""))
    assert [as_written(cell) for cell in row] == [text]
