"""The slice of rehearsals."""

from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import PersonalData, Slice
from showfloor.rehearsals import personal_data, services
from showfloor.rehearsals.retention import KEPT

SLICE = Slice(
    "rehearsals",
    jobs=(Job("send_casts", 1.0, services.send_casts),),
    privacy=PersonalData(keeps=KEPT, columns=personal_data.COLUMNS),
)
