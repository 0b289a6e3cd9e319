"""The slice of the site: imports of product files and bulk edits need catalogue and stock."""

from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import Slice
from showfloor.site import bulk_edits, catalogue_import

SLICE = Slice(
    "site",
    jobs=(
        Job(
            "import_products", 1.0, catalogue_import.run_next_job, JobQueue.IMPORTS,
            idle_every_s=10.0,
        ),
        Job("edit_products", 1.0, bulk_edits.run_next_edit, JobQueue.IMPORTS, idle_every_s=10.0),
    ),
)  # fmt: skip
