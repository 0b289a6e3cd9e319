"""The slice of fulfilment: its job, and personal data of orders after their payment."""

from showfloor.fulfilment import personal_data, retention
from showfloor.fulfilment.jobs import JOBS
from showfloor.kernel.slices import PersonalData, Slice

SLICE = Slice(
    "fulfilment",
    jobs=JOBS,
    privacy=PersonalData(
        personal_data.erase, take_out=personal_data.take_out, keeps=retention.KEPT,
        columns=personal_data.COLUMNS,
    ),
)  # fmt: skip
