"""What the catalogue brings: the job that fetches product pictures."""

from showfloor.catalogue import pictures
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import Slice

SLICE = Slice(
    "catalogue",
    jobs=(Job("fetch_pictures", 1.0, pictures.fetch_next, JobQueue.DOWNLOADS),),
)
