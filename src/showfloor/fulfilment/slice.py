"""The slice of fulfilment: personal data of what happens to an order after its payment."""

from showfloor.fulfilment import personal_data
from showfloor.kernel.slices import PersonalData, Slice

SLICE = Slice(
    "fulfilment",
    privacy=PersonalData(
        personal_data.erase, take_out=personal_data.take_out, columns=personal_data.COLUMNS
    ),
)
