"""The product import together with the stock, for the command line and the back office."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from showfloor.accounts.models import Brand
from showfloor.catalogue.amounts import DecimalSign
from showfloor.catalogue.importing import jobs
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.run import Progress, import_file
from showfloor.catalogue.importing.sources import Kind
from showfloor.kernel.pacer import Pacer
from showfloor.stock import services as stock
from showfloor.stock.models import Stock


class _Stock:
    """`catalogue.importing.writer.StockPort`."""

    def levels(self, brand_id: str, variant_ids: list[str]) -> Mapping[str, int]:
        rows = Stock.objects.for_brand(brand_id).filter(variant_id__in=variant_ids)
        return dict(rows.values_list("variant_id", "on_hand"))

    def apply_counts(
        self, brand_id: str, counts: Mapping[str, int], *, counted: bool
    ) -> Mapping[str, stock.FileCount]:
        return stock.apply_counts(brand_id, counts, counted=counted)

    def writing(self) -> AbstractContextManager[None]:
        return stock.writing()


def import_products(
    brand: Brand,
    path: Path,
    *,
    kind: Kind = Kind.AUTO,
    dry_run: bool = False,
    counted: bool = False,
    decimal_sign: DecimalSign | None = None,
    progress: Progress | None = None,
    pacer: Pacer | None = None,
) -> Report:
    """Run `catalogue.importing.run.import_file` with the stock."""
    return import_file(
        brand,
        path,
        _Stock(),
        kind=kind,
        dry_run=dry_run,
        counted=counted,
        decimal_sign=decimal_sign,
        progress=progress,
        pacer=pacer,
    )


def run_next_job() -> bool:
    """Run the next import of the jobs (`catalogue.importing.jobs.run_next`)."""
    return jobs.run_next(_Stock())
