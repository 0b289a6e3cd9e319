"""Opening a file that someone else made: its size, its encoding, its kind, its rows."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from showfloor.catalogue.importing.records import LastRejection, Rejection
from showfloor.kernel.errors import Invalid, TooLarge

BYTES_MAX = 50 * 1024 * 1024
ROWS_MAX = 100_000
FIELD_CHARS_MAX = 256 * 1024
REF_CHARS_MAX = 120
_COLUMNS_MAX = 500
_CHUNK = 1024 * 1024

csv.field_size_limit(FIELD_CHARS_MAX)


class Kind(StrEnum):
    AUTO = "auto"
    SHOPIFY = "shopify"
    MERCHANT_XML = "merchant-xml"
    MERCHANT_TABLE = "merchant-table"  # TSV, or the same with commas


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row: heading (in lower case) → value, both without space around them. `ref`: what
    to call it where its line says little, an item of a feed. `has_more`: it has filled cells beyond
    the headings."""

    line: int
    values: dict[str, str]
    ref: str = ""
    has_more: bool = False

    def get(self, *headings: str) -> str:
        """The value under the first of these headings that has one; empty when none has."""
        for heading in headings:
            if value := self.values.get(heading, ""):
                return value
        return ""


def check_size(path: Path) -> None:
    if not path.is_file():
        raise Invalid(_("There is no file “%(path)s”.") % {"path": path}, field="file")
    if path.stat().st_size > BYTES_MAX:
        raise TooLarge(_("The file is larger than 50 MB; split it."), field="file")


def encoding_of(path: Path) -> str:
    """UTF-16 and UTF-8 by their marks or by being valid; else Windows-1252, as Excel writes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def open_text(path: Path) -> IO[str]:
    return path.open(encoding=encoding_of(path), errors="replace", newline="")


def detect(path: Path) -> Kind:
    """Return the kind of a file by its content; Invalid when it is none that we know."""
    with open_text(path) as file:
        start = file.read(64 * 1024).lstrip()
    if start.startswith("<"):
        return Kind.MERCHANT_XML
    line = start.partition("\n")[0]
    headings = {_heading(cell) for cell in _split(line)}
    if headings & {"handle", "url handle"}:
        return Kind.SHOPIFY
    if {"id", "title"} <= headings:
        return Kind.MERCHANT_TABLE
    raise Invalid(
        _(
            "This is neither a Shopify product CSV (it needs a column “Handle”) nor a Google"
            " Merchant feed (“id” and “title”)."
        ),
        field="file",
        code="unknown-format",
    )


def count_steps(path: Path, kind: Kind) -> int:
    """About how many lines (of a table) or items (of a feed) there are: for showing progress."""
    marks = (b"<item>", b"<entry>") if kind is Kind.MERCHANT_XML else (b"\n",)
    with path.open("rb") as file:
        return sum(
            chunk.count(mark) for chunk in iter(lambda: file.read(_CHUNK), b"") for mark in marks
        )


def read_table(file: IO[str]) -> Iterator[Row | Rejection]:
    """Rows by heading, with the line each begins on; empty rows are passed over."""
    lines = _Lines(file)
    first = next(lines, "")
    reader = csv.reader(lines, delimiter=_delimiter(first), strict=True)
    headings = [_heading(cell) for cell in next(csv.reader([first], delimiter=_delimiter(first)))]
    for _number in range(ROWS_MAX):
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejection(line, _("This row can't be read: %(error)s.") % {"error": error})
            continue
        if any("\0" in cell for cell in cells):
            yield Rejection(line, _("This row has a NUL character in it."))
        elif any(cell.strip() for cell in cells):
            cells += [""] * (len(headings) - len(cells))
            row = dict(zip(headings, (cell.strip() for cell in cells), strict=False))
            has_more = any(cells[len(headings) :])
            yield Row(line, row, row.get("id", "")[:REF_CHARS_MAX], has_more)
    if next(lines, None) is not None:
        yield LastRejection(lines.number, too_many_rows())


def too_many_rows() -> str:
    return _("The file has more than 100,000 rows; what follows was not read.")


class _Lines:
    """Counts the lines that the CSV reader takes, so that a row knows where it began."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        # A line without an end is bounded, too: the reader refuses fields that are too long.
        line = self._file.readline(FIELD_CHARS_MAX)
        if not line:
            raise StopIteration
        if line.endswith(("\n", "\r")):
            self.number += 1
        return line


def _heading(cell: str) -> str:
    return cell.strip().strip('"\ufeff').strip().lower()


def _delimiter(line: str) -> str:
    """The likeliest of tab, semicolon and comma: the one that the headings use most."""
    return max("\t,;", key=line.count)


def _split(line: str) -> list[str]:
    return line.split(_delimiter(line))[:_COLUMNS_MAX]
