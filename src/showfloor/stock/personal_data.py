"""Personal data of stock."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "stock.StockMovement", ("by",),
        "which member of staff changed a count", "until the variant is deleted",
        "the link is emptied with the account",
    ),
)  # fmt: skip
