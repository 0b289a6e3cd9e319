"""The slice of prices: the personal data of vouchers."""

from showfloor.kernel.slices import PersonalData, Slice
from showfloor.pricing import personal_data

SLICE = Slice(
    "pricing",
    privacy=PersonalData(
        personal_data.erase, take_out=personal_data.take_out, columns=personal_data.COLUMNS
    ),
)
