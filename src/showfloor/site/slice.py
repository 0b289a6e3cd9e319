"""The slice of the site: imports of product files, which need catalogue and stock."""

from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import Slice
from showfloor.site import catalogue_import

SLICE = Slice(
    "site",
    jobs=(Job("import_products", 1.0, catalogue_import.run_next_job, JobQueue.IMPORTS),),
)
