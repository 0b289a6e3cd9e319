"""Personal data of legal texts: the staff who published them or went on without them."""

from typing import Final

from showfloor.kernel.slices import PersonalColumns

_STAFF: Final = "the link is emptied with the account"

COLUMNS: Final = (
    PersonalColumns(
        "legal.LegalVersion", ("published_by",), "which member of staff published a text",
        "as long as the brand is", _STAFF,
    ),
    PersonalColumns(
        "legal.LegalOverride", ("by", "reason"),
        "which owner let shows be public without a required text, and why",
        "as long as the brand is", _STAFF,
    ),
)  # fmt: skip
