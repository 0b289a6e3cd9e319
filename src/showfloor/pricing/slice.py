"""The slice of prices and taxes: the personal data of vouchers and checks of VAT numbers."""

from showfloor.kernel.slices import PersonalData, Slice
from showfloor.pricing import personal_data, retention

SLICE = Slice(
    "pricing",
    privacy=PersonalData(
        personal_data.erase, take_out=personal_data.take_out, keeps=retention.KEPT,
        columns=personal_data.COLUMNS,
    ),
)  # fmt: skip
