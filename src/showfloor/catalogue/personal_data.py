"""Personal data of the catalogue."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

COLUMNS: Final = (
    PersonalColumns(
        "catalogue.ImportJob", ("created_by",),
        "which member of staff imported products", "until the brand is deleted",
        "the link is emptied with the account",
    ),
    PersonalColumns(
        "catalogue.BulkEdit", ("created_by",),
        "which member of staff changed products", "the last 20 of a brand",
        "the link is emptied with the account",
    ),
)  # fmt: skip
