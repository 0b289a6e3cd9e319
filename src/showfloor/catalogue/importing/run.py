"""Import a file: read it record by record, write each, report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from showfloor.accounts.models import Brand
from showfloor.catalogue.amounts import DecimalSign
from showfloor.catalogue.feed_models import Feed
from showfloor.catalogue.importing import feed_xml, merchant, missing, shopify
from showfloor.catalogue.importing.records import ProductRecord, Reading, Records, Rejection
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.sources import Kind, check_size, count_steps, detect, open_text
from showfloor.catalogue.importing.writer import Run, StockPort, write_records
from showfloor.kernel.clock import utc_now
from showfloor.kernel.pacer import Pacer

# In one transaction: some 20 ms on a small machine. With pieces of a hundred and half the
# pause, one hold in a hundred waited more than three times as long.
PIECE_VARIANTS_MAX = 50

type Progress = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class FeedRun:
    """`stops`: nobody has agreed to hide more products than the feed allows."""

    feed: Feed
    stops: bool


def import_file(
    brand: Brand,
    path: Path,
    stock: StockPort,
    *,
    kind: Kind = Kind.AUTO,
    dry_run: bool = False,
    counted: bool = False,
    decimal_sign: DecimalSign | None = None,
    progress: Progress | None = None,
    pacer: Pacer | None = None,
    feed: FeedRun | None = None,
) -> Report:
    """Create and update the brand's products from a file; what can't be imported is in the report.

    Safe to run twice: the second run changes nothing. `dry_run` reports the same and writes
    nothing. `counted`: stock is of now, with every sale taken off; otherwise it moves by what
    changed since the last file. `decimal_sign`: the file's, where it is known. `progress` is called
    after each transaction. Invalid: not a file that we know; TooLarge. `feed`: the file is
    that feed's, whose missing products are hidden; Conflict when they are too many.
    """
    check_size(path)
    kind = detect(path) if kind is Kind.AUTO else kind
    report = Report(kind=kind.value, dry_run=dry_run, total=count_steps(path, kind))
    # Writers take turns, also on SQLite: a buyer waits for one piece at most, and beside the pauses
    # for none. They are for its computing, too, which one interpreter shares with all of them.
    pacer = pacer or Pacer()
    run = Run(brand, stock, report, counted, is_feed=feed is not None)
    waiting: list[ProductRecord] = []

    def write() -> None:
        if waiting:
            pacer.run(partial(write_records, run, tuple(waiting)))
            waiting.clear()
        if progress is not None:
            progress(report)

    reading = Reading(brand.currency, utc_now(), decimal_sign)
    settling = None
    if feed is not None:
        named = missing.names_of(_records(path, kind, reading))
        settling = missing.plan(feed.feed, named, report, stops=feed.stops and not dry_run)
        report.returned = missing.count_returned(settling)
    for record in _records(path, kind, reading):
        if isinstance(record, Rejection):
            report.reject(record)
        else:
            for piece in _pieces(record):
                if _size(waiting) + len(piece.variants) > PIECE_VARIANTS_MAX:
                    write()
                waiting.append(piece)
        report.done = record.line if kind is not Kind.MERCHANT_XML else report.done + _items(record)
    write()
    if settling is not None and not dry_run:
        missing.settle(settling, pacer.run)
    report.done = report.total
    report.rejected.sort(key=lambda rejection: rejection.line)
    report.notes.sort(key=lambda note: note.line)
    return report


def _pieces(record: ProductRecord) -> Iterator[ProductRecord]:
    """A product of many variants in several transactions: each is short, whatever the file."""
    yield replace(record, variants=record.variants[:PIECE_VARIANTS_MAX])
    for first in range(PIECE_VARIANTS_MAX, len(record.variants), PIECE_VARIANTS_MAX):
        variants = record.variants[first : first + PIECE_VARIANTS_MAX]
        yield replace(record, variants=variants, notes=())


def _size(records: Sequence[ProductRecord]) -> int:
    """Return how much work records are: a product without variants is work, too."""
    return sum(max(1, len(record.variants)) for record in records)


def _items(record: ProductRecord | Rejection) -> int:
    return len(record.variants) if isinstance(record, ProductRecord) else 1


def _records(path: Path, kind: Kind, reading: Reading) -> Records:
    if kind is Kind.MERCHANT_XML:
        yield from merchant.read_items(feed_xml.read(path), reading)
        return
    with open_text(path) as file:
        if kind is Kind.SHOPIFY:
            yield from shopify.read(file, reading)
        else:
            yield from merchant.read_rows(file, reading)
