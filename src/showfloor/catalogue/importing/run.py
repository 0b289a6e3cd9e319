"""Import a file: read it record by record, write each, report."""

from collections.abc import Callable
from pathlib import Path

from showfloor.accounts.models import Brand
from showfloor.catalogue.amounts import DecimalSign
from showfloor.catalogue.importing import feed_xml, merchant, shopify
from showfloor.catalogue.importing.records import Reading, Records, Rejection
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.sources import Kind, check_size, detect, open_text
from showfloor.catalogue.importing.writer import Run, StockDoor, write_record
from showfloor.kernel.clock import utc_now

type Progress = Callable[[Report], None]


def import_file(
    brand: Brand,
    path: Path,
    stock: StockDoor,
    *,
    kind: Kind = Kind.AUTO,
    dry_run: bool = False,
    counted: bool = False,
    decimal_sign: DecimalSign | None = None,
    progress: Progress | None = None,
) -> Report:
    """Create and update the brand's products from a file; what can't be imported is in the report.

    Safe to run twice: the second run changes nothing. `dry_run` reports the same and writes
    nothing. `counted`: stock is of now, with every sale taken off; otherwise it moves by what
    changed since the last file. `decimal_sign`: the file's, where it is known. `progress` is called
    after each record. Invalid: not a file that we know; TooLarge.
    """
    check_size(path)
    kind = detect(path) if kind is Kind.AUTO else kind
    report = Report(kind=kind.value, dry_run=dry_run)
    run = Run(brand, stock, report, counted)
    reading = Reading(brand.currency, utc_now(), decimal_sign)
    for record in _records(path, kind, reading):
        if isinstance(record, Rejection):
            report.reject(record)
        else:
            write_record(run, record)
        if progress is not None:
            progress(report)
    report.rejected.sort(key=lambda rejection: rejection.line)
    return report


def _records(path: Path, kind: Kind, reading: Reading) -> Records:
    if kind is Kind.MERCHANT_XML:
        yield from merchant.read_items(feed_xml.read(path), reading)
        return
    with open_text(path) as file:
        if kind is Kind.SHOPIFY:
            yield from shopify.read(file, reading)
        else:
            yield from merchant.read_rows(file, reading)
