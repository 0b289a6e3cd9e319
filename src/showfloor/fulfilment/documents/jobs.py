"""The work of documents at intervals."""

from typing import Final

from showfloor.fulfilment.documents import services
from showfloor.kernel.clock import utc_now
from showfloor.kernel.jobs import Job, JobQueue


def issue_documents() -> int:
    """Issue the invoices and credit notes that are due; return how many."""
    return services.issue_due(utc_now())


JOBS: Final = (Job("issue_documents", 5.0, issue_documents, JobQueue.DOCUMENTS),)
