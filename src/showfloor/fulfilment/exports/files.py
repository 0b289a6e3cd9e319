"""Exports as files: CSV as it is written, XLSX by way of a temporary file.

No cell is ever calculated: CSV goes through the one neutraliser, XLSX writes text as text.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import batched
from typing import IO, Any, Final

from django.db.models import QuerySet

from showfloor.checkout.models import Order
from showfloor.fulfilment.exports.tables import PAGE, Amount, Cell, Table
from showfloor.kernel.csv_cells import BYTE_ORDER_MARK, csv_text

COLUMN_CHARS: Final = 18  # width of each column, in characters
SHEET_ROWS_MAX: Final = 1_000_000  # a sheet has 1,048,576; the rest goes on in the next one
_CHUNK_BYTES: Final = 64 * 1024


def csv_parts(table: Table, orders: QuerySet[Order]) -> Iterator[str]:
    """Yield the text of a CSV file."""
    yield BYTE_ORDER_MARK + csv_text([table.headings])
    for page in batched(table.rows(orders), PAGE):
        yield csv_text([[_plain(cell) for cell in row] for row in page])


def _plain(cell: Cell) -> object:
    if isinstance(cell, Amount):
        return f"{cell.value:.{cell.decimals}f}"
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    return str(cell) if isinstance(cell, Decimal) else cell


def xlsx_parts(table: Table, orders: QuerySet[Order]) -> Iterator[bytes]:
    """Yield the bytes of an XLSX file, which is written to the disk first."""
    with tempfile.TemporaryFile() as file:
        write_xlsx(table, table.rows(orders), file)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def write_xlsx(
    table: Table, rows: Iterable[Sequence[Cell]], file: IO[bytes],
    sheet_rows_max: int = SHEET_ROWS_MAX,
) -> None:  # fmt: skip
    """Write the rows, one in memory at a time."""
    import xlsxwriter  # not at the top: every process would load it at its start

    options = {
        "constant_memory": True, "remove_timezone": True, "strings_to_formulas": False,
        "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True,
    }  # fmt: skip
    with xlsxwriter.Workbook(file, options) as book:
        formats = _Formats(book)
        sheet, at = None, 0
        for row in rows:
            if sheet is None or at > sheet_rows_max:
                sheet, at = _sheet(book, table, formats), 1
            for column, cell in enumerate(row):
                _write(sheet, at, column, cell, formats)
            at += 1
        if sheet is None:
            _sheet(book, table, formats)


class _Formats:
    """The formats of a workbook: dates, and amounts by the decimals of their currency."""

    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.amounts = [
            book.add_format({"num_format": "0" + ("." + "0" * decimals if decimals else "")})
            for decimals in range(4)
        ]


def _sheet(book: Any, table: Table, formats: _Formats) -> Any:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(table.name if number == 1 else f"{table.name} {number}")
    sheet.freeze_panes(1, 0)
    # A moment in a narrower column is drawn as ####.
    sheet.set_column(0, len(table.headings) - 1, COLUMN_CHARS)
    for column, heading in enumerate(table.headings):
        sheet.write_string(0, column, heading, formats.head)
    return sheet


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    match cell:
        case None | "":
            return
        case bool():
            sheet.write_boolean(row, column, cell)
        case Amount():
            sheet.write_number(row, column, float(cell.value), formats.amounts[cell.decimals])
        case int() | Decimal():
            sheet.write_number(row, column, float(cell))
        case datetime():
            sheet.write_datetime(row, column, cell, formats.time)
        case _text:
            sheet.write_string(row, column, cell)
