"""The slice of documents: the job that issues them, and the personal data in them."""

from showfloor.fulfilment.documents import personal_data
from showfloor.fulfilment.documents.jobs import JOBS
from showfloor.kernel.slices import PersonalData, Slice

SLICE = Slice(
    "documents",
    jobs=JOBS,
    privacy=PersonalData(take_out=personal_data.take_out, columns=personal_data.COLUMNS),
)
