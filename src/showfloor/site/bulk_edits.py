"""Bulk edits of products together with the stock."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from showfloor.catalogue.bulk import edits
from showfloor.catalogue.models import BulkEdit
from showfloor.kernel.pacer import Pacer
from showfloor.stock import services as stock
from showfloor.stock.models import MovementReason


class _Stock:
    """`catalogue.bulk.edits.StockPort`."""

    def writing(self) -> AbstractContextManager[None]:
        return stock.writing()

    def move(
        self, brand_id: str, changes: Mapping[str, int], reason: str, by_id: str | None
    ) -> Mapping[str, str]:
        cause = stock.Cause(MovementReason(reason or MovementReason.CORRECTION), by_id)
        return stock.move_many(brand_id, changes, cause)


def run(edit: BulkEdit, pacer: Pacer | None = None) -> None:
    """Go on with an edit (`catalogue.bulk.edits.run`)."""
    edits.run(edit, _Stock(), pacer)


def run_next_edit() -> bool:
    """Go on with the next edit of the jobs (`catalogue.bulk.edits.run_next`)."""
    return edits.run_next(_Stock())
