"""CSV text for spreadsheets in which no cell is ever calculated.

The rule is OWASP's for CSV injection: text in double quotes, and a quote before text that a
spreadsheet would take for a formula.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"  # tells Excel that the file is UTF-8

_QUOTE: Final = "'"
# First characters of a formula in some spreadsheet; the wide ones in those of Japan.
_FORMULA_STARTS: Final = (
    "=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20",
)  # fmt: skip


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return these rows as CSV, each cell neutralised. Numbers stay numbers, None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def neutralised(text: str) -> str:
    """Return `text` so that a spreadsheet shows it and never calculates it."""
    return f"{_QUOTE}{text}" if _looks_like_formula(text) else text


def as_written(cell: str) -> str:
    """Return the text that `neutralised` was given, for files that are read again."""
    bare = cell.removeprefix(_QUOTE)
    return bare if bare != cell and _looks_like_formula(bare) else cell


def _cell(value: object) -> object:
    if value is None:
        return ""
    return value if isinstance(value, int | float) else neutralised(str(value))


def _looks_like_formula(text: str) -> bool:
    # Text that begins with a quote and then a formula gets a second quote, so that both ways agree.
    return text.lstrip(" " + _QUOTE).startswith(_FORMULA_STARTS)
