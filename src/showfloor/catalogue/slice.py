"""The slice of the catalogue: the job that fetches product pictures."""

from showfloor.catalogue import personal_data, pictures
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import PersonalData, Slice

SLICE = Slice(
    "catalogue",
    privacy=PersonalData(columns=personal_data.COLUMNS),
    jobs=(Job("fetch_pictures", 1.0, pictures.fetch_next, JobQueue.DOWNLOADS),),
)
