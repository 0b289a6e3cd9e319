"""The slice of the catalogue: the jobs that fetch product pictures and feeds."""

from showfloor.catalogue import personal_data, pictures
from showfloor.catalogue.importing import feeds
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import PersonalData, Slice

SLICE = Slice(
    "catalogue",
    privacy=PersonalData(columns=personal_data.COLUMNS),
    jobs=(
        Job("fetch_pictures", 1.0, pictures.fetch_next, JobQueue.DOWNLOADS, idle_every_s=10.0),
        Job("start_feeds", 30.0, feeds.start_due),
        Job("fetch_feeds", 2.0, feeds.fetch_next, JobQueue.FEEDS, idle_every_s=10.0),
    ),
)
